# %% [markdown]
# # Activity recognition from wrist accelerometers
# 64-sample windows (50 Hz, 3 axes), four activities. The batches come from an own
# `PyDataset`, with on-the-fly augmentation for strap tightness and sensor noise.

# %%
import numpy as np
import keras
from keras import layers
from sklearn.metrics import classification_report
from sklearn.model_selection import GroupShuffleSplit

keras.utils.set_random_seed(11)

CONFIG = {
    "window": 64,
    "batch_size": 64,
    "epochs": 30,
    "lr": 1e-3,
    "gain_std": 0.15,
    "noise_std": 0.35,
}
ACTIVITIES = ["sit", "walk", "stairs", "run"]


# %%
def simulate_person(rng, n_windows):
    """Windows of one person; every person has an own cadence and own swing."""
    t = np.arange(CONFIG["window"]) / 50.0
    cadence = rng.normal(1.0, 0.06)
    swing = rng.normal(1.0, 0.15)
    base = {0: (0.4, 0.25), 1: (1.8, 1.0), 2: (2.3, 0.9), 3: (3.0, 1.6)}
    xs, ys = [], []
    for _ in range(n_windows):
        k = rng.integers(4)
        freq, amp = base[k]
        f = freq * cadence * rng.normal(1, 0.05)
        ph = rng.uniform(0, 2 * np.pi)
        a = amp * swing
        w = np.stack([
            a * np.sin(2 * np.pi * f * t + ph),
            0.6 * a * np.sin(4 * np.pi * f * t + ph + 0.7),
            a * (0.8 if k == 2 else 0.3) * np.cos(2 * np.pi * f * t + ph),
        ], axis=1)
        xs.append(w + rng.normal(0, 0.25, w.shape))
        ys.append(k)
    return np.array(xs, "float32"), np.array(ys)


rng = np.random.default_rng(5)
people = [simulate_person(rng, 110) for _ in range(24)]
X = np.concatenate([p[0] for p in people])
y = np.concatenate([p[1] for p in people])
person = np.repeat(np.arange(24), 110)

tr, va = next(GroupShuffleSplit(1, test_size=0.25, random_state=0).split(X, y, person))
x_train, y_train, x_val, y_val = X[tr], y[tr], X[va], y[va]
print(x_train.shape, x_val.shape, np.bincount(y_train))


# %%
class WindowSequence(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, augment=False, seed=0, **kw):
        super().__init__(**kw)
        self.x, self.y = x, y
        self.batch_size = batch_size
        self.augment = augment
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return int(np.ceil(len(self.x) / self.batch_size))

    def __getitem__(self, i):
        sl = slice(i * self.batch_size, (i + 1) * self.batch_size)
        xb, yb = self.x[sl], self.y[sl]
        if self.augment:
            xb *= self.rng.normal(1.0, CONFIG["gain_std"], (len(xb), 1, 1))
            xb += self.rng.normal(0.0, CONFIG["noise_std"], xb.shape)
        return xb, yb

    def on_epoch_end(self):
        if self.augment:
            order = self.rng.permutation(len(self.x))
            self.x, self.y = self.x[order], self.y[order]


def conv_block(x, filters, kernel):
    x = layers.Conv1D(filters, kernel, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    return layers.MaxPooling1D(2)(x)


def build_model():
    inp = keras.Input((CONFIG["window"], 3))
    x = conv_block(inp, 24, 7)
    x = conv_block(x, 48, 5)
    x = conv_block(x, 64, 3)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.3)(x)
    out = layers.Dense(len(ACTIVITIES), activation="softmax")(x)
    model = keras.Model(inp, out)
    model.compile(keras.optimizers.Adam(CONFIG["lr"]),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% train
train_seq = WindowSequence(x_train, y_train, CONFIG["batch_size"], augment=True)
val_seq = WindowSequence(x_val, y_val, CONFIG["batch_size"])
model = build_model()
history = model.fit(train_seq, validation_data=val_seq, epochs=CONFIG["epochs"], verbose=2)

# %%
pred = model.predict(x_val, verbose=0).argmax(1)
print(classification_report(y_val, pred, target_names=ACTIVITIES))
