# %%
import math
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(17)

# %%
# near-infrared spectra of four kinds of plastic
rng = np.random.default_rng(17)
wave = np.linspace(0, 1, 96)
peaks = {0: (0.2, 0.55), 1: (0.3, 0.7), 2: (0.25, 0.8), 3: (0.4, 0.6)}
X, y = [], []
for label, (p, q) in peaks.items():
    for _ in range(300):
        s = np.exp(-((wave - p) / 0.05) ** 2) + 0.7 * np.exp(-((wave - q) / 0.04) ** 2)
        X.append(s * rng.uniform(0.8, 1.2) + rng.normal(0, 0.15, 96))
        y.append(label)
X, y = np.array(X, dtype="float32"), np.array(y)
perm = rng.permutation(len(X))
X, y = X[perm], y[perm]
X_train, y_train, X_val, y_val = X[:900], y[:900], X[900:], y[900:]

# %%
class SpectraSequence(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size=32, shuffle=True, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size, self.shuffle = x, y, batch_size, shuffle
        self.indices = np.arange(len(x))
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, i):
        lo, hi = i * self.batch_size, min((i + 1) * self.batch_size, len(self.x))
        batch_x = self.x[self.indices[lo:hi]][..., None]
        batch_x = batch_x + np.random.normal(0, 0.02, batch_x.shape).astype("float32")
        batch_y = self.y[lo:hi]
        return batch_x, batch_y

    def on_epoch_end(self):
        if self.shuffle:
            np.random.shuffle(self.indices)

train_seq = SpectraSequence(X_train, y_train)
val_seq = SpectraSequence(X_val, y_val, shuffle=False)

# %%
model = keras.Sequential([
    layers.Input((96, 1)),
    layers.Conv1D(16, 7, activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 5, activation="relu"),
    layers.MaxPooling1D(4),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(train_seq, validation_data=val_seq, epochs=15, verbose=2)

# %%
print("validation accuracy:", round(model.evaluate(val_seq, verbose=0)[1], 3))
