# %%
import numpy as np
import keras
from keras import layers
from keras.callbacks import EarlyStopping, ModelCheckpoint

keras.utils.set_random_seed(6)

# %%
# accelerometer recordings of six gestures, 50 samples x 3 axes, recorded one gesture after the other
rng = np.random.default_rng(6)
t = np.linspace(0, 1, 50)
X, y = [], []
for g in range(6):
    freq = rng.uniform(1, 4, 3)
    amp = rng.uniform(0.5, 1.5, 3)
    for _ in range(200):
        phase = rng.uniform(0, 0.6, 3)
        rec = amp * np.sin(2 * np.pi * (t[:, None] * freq + phase)) + rng.normal(0, 0.5, (50, 3))
        X.append(rec)
        y.append(g)
X = np.asarray(X, dtype="float32")
y = np.asarray(y)

# hold out every fifth recording for the final test
test = np.arange(len(X)) % 5 == 0
X_train, y_train, X_test, y_test = X[~test], y[~test], X[test], y[test]

# %%
model = keras.Sequential([
    layers.Input((50, 3)),
    layers.Conv1D(16, 5, activation="relu"),
    layers.MaxPooling1D(),
    layers.Conv1D(32, 5, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(6, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
early = EarlyStopping(monitor="val_accuracy", mode="min", patience=3, restore_best_weights=True, verbose=1)

# %% train
history = model.fit(X_train, y_train, validation_split=0.2, epochs=40, batch_size=32, callbacks=[early], verbose=2)

# %%
print("epochs run:", len(history.history["loss"]))
print("test accuracy:", round(model.evaluate(X_test, y_test, verbose=0)[1], 3))
