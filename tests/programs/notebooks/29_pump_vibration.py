# %% [markdown]
# # Pump vibration: detecting impact events
# Three-axis accelerometer on 12 pumps, 256 samples per window. Label 1 = the technician heard a knock
# (short ringing burst somewhere in the window), label 0 = normal running.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.metrics import classification_report

keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)


# %%
def load_windows(n=1200, steps=256):
    t = np.arange(steps)
    out = np.empty((n, 3, steps), dtype="float32")
    label = rng.integers(0, 2, n)
    burst = np.exp(-np.arange(28) / 9.0) * np.sin(np.arange(28) * 1.3)
    for i in range(n):
        phase, freq = rng.uniform(0, 6.28, 3), rng.uniform(0.05, 0.09)
        base = 0.8 * np.sin(freq * t[None, :] + phase[:, None]) + 0.35 * rng.normal(size=(3, steps))
        if label[i]:
            for _ in range(3):
                at = rng.integers(0, steps - 28)
                base[:, at : at + 28] += rng.uniform(1.6, 2.4) * burst * np.array([[1.0], [0.7], [0.4]])
        out[i] = base
    return out, label


signals, knock = load_windows()
signals.shape, knock.mean()

# %%
mu = signals.mean(axis=(0, 2), keepdims=True)
sd = signals.std(axis=(0, 2), keepdims=True)
signals = (signals - mu) / sd
X_train, X_test, y_train, y_test = train_test_split(signals, knock, test_size=0.25, stratify=knock, random_state=0)

# %%
inputs = keras.Input(shape=X_train.shape[1:])
x = layers.Conv1D(32, 9, padding="same", activation="relu")(inputs)
x = layers.BatchNormalization()(x)
x = layers.Conv1D(32, 9, padding="same", activation="relu")(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(32, activation="relu")(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.summary()

# %% train
history = model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=12, batch_size=32, verbose=2)

# %%
prob = model.predict(X_test, verbose=0).ravel()
print(classification_report(y_test, (prob > 0.5).astype(int), digits=3))
