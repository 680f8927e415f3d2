# %%
"""Gesture recognition from an 8-channel EMG armband (window features)"""
import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model
from tensorflow.keras.layers import Dense
from tensorflow.keras.utils import set_random_seed
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

set_random_seed(42)
N_GESTURES = 6

# %%
rng = np.random.default_rng(42)
centers = rng.normal(0, 1.4, (N_GESTURES, 24))
label = rng.integers(0, N_GESTURES, 4000)
gain = rng.lognormal(0, 0.15, (4000, 1))
X = centers[label] * gain + rng.normal(0, 1.0, (4000, 24))

X_tr, X_te, y_tr, y_te = train_test_split(X, label, test_size=0.25, stratify=label, random_state=1)
scaler = StandardScaler().fit(X_tr)
X_tr, X_te = scaler.transform(X_tr), scaler.transform(X_te)

# %%
def build(depth=10, width=64):
    inp = Input((24,))
    h = inp
    for i in range(depth):
        h = Dense(width, activation="sigmoid", name=f"fc{i}")(h)
    out = Dense(N_GESTURES, activation="softmax")(h)
    return Model(inp, out)

net = build()
net.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.summary()

# %% train
hist = net.fit(X_tr, y_tr, epochs=20, batch_size=64, validation_data=(X_te, y_te), verbose=2)

# %%
print("test:", net.evaluate(X_te, y_te, verbose=0))
print(np.bincount(net.predict(X_te, verbose=0).argmax(1), minlength=N_GESTURES))
