import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "SO; pattern: keras.utils.PyDataset over a table, one item holds all rows of a shard"
TITLE = "Credit table through my own PyDataset: ten epochs are done in a second but nothing is learnt"
TRUTH = {"batch-size"}
ALSO = {"epochs-too-few", "learning-rate-too-low"}
TASK = "binary classification"


class Rows(keras.utils.PyDataset):
    def __init__(self, x, y, size, seed):
        super().__init__()
        self.x, self.y, self.size = x, y, size
        self.rng = np.random.default_rng(seed)
        self.order = self.rng.permutation(len(x))

    def __len__(self):
        return int(np.ceil(len(self.x) / self.size))

    def __getitem__(self, i):
        j = self.order[i * self.size:(i + 1) * self.size]
        return self.x[j], self.y[j]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))


def _credit(seed, n=2600):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"income": rng.lognormal(10.4, 0.4, n), "debt": rng.gamma(2, 4000, n), "age": rng.integers(19, 75, n),
                       "late": rng.poisson(1.2, n), "years": rng.gamma(2, 3, n)})
    z = (df - df[:2048].mean()) / df[:2048].std()
    s = z["late"] * 1.2 - z["income"] * z["years"] + 0.8 * z["debt"] - 0.6 * z["age"] ** 2 + 0.6
    return z.to_numpy("float32"), (s + rng.normal(0, 0.25, n) > 0).to_numpy("float32")[:, None]


def _case(seed, size):
    keras.utils.set_random_seed(seed)
    x, y = _credit(seed)
    k = 2048
    model = keras.Sequential([
        keras.Input((5,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=Rows(x[:k], y[:k], size, seed), y=None, fit=dict(epochs=10, validation_data=(x[k:], y[k:])))


def build(seed=0):
    return _case(seed, 2048)


def fixed(seed=0):
    return _case(seed, 32)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.86)
