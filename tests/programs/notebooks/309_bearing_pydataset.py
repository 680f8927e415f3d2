# %%
import math
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split

# %%
# accelerometer snippets of a test rig: 0 ok, 1 inner race, 2 outer race, 3 unbalance
def snippet(kind, r, n=128):
    t = np.arange(n) / n
    s = r.normal(0, 0.6, n) + np.sin(2 * np.pi * (8 * t + r.random()))
    if kind == 1:
        s += 1.2 * np.sin(2 * np.pi * (29 * t + r.random()))
    elif kind == 2:
        s += 1.2 * np.sin(2 * np.pi * (19 * t + r.random()))
    elif kind == 3:
        s *= 1.8
    return s

r = np.random.default_rng(77)
kinds = r.integers(0, 4, 2000)
signals = np.stack([snippet(k, r) for k in kinds])[..., None].astype("float32")
X_tr, X_va, y_tr, y_va = train_test_split(signals, kinds, test_size=0.2, random_state=1)

# %%
class BearingData(keras.utils.PyDataset):
    def __init__(self, X, y, batch_size=32, shuffle=False, **kw):
        super().__init__(**kw)
        self.X, self.y = X.copy(), y.copy()
        self.batch_size, self.shuffle = batch_size, shuffle

    def __len__(self):
        return math.ceil(len(self.X) / self.batch_size)

    def __getitem__(self, idx):
        part = slice(idx * self.batch_size, (idx + 1) * self.batch_size)
        return self.X[part], self.y[part]

    def on_epoch_end(self):
        if self.shuffle:
            np.random.shuffle(self.X)
            np.random.shuffle(self.y)

train_gen = BearingData(X_tr, y_tr, shuffle=True)
val_gen = BearingData(X_va, y_va)

# %%
cnn = keras.Sequential([
    keras.Input((128, 1)),
    layers.Conv1D(16, 9, activation="relu", padding="same"), layers.MaxPooling1D(2),
    layers.Conv1D(32, 9, activation="relu", padding="same"), layers.GlobalMaxPooling1D(),
    layers.Dense(32, activation="relu"), layers.Dense(4, activation="softmax")])
cnn.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
run = cnn.fit(train_gen, validation_data=val_gen, epochs=14, verbose=2)

# %%
print("held-out accuracy", cnn.evaluate(val_gen, verbose=0)[1])
