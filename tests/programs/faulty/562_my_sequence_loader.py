import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "StackOverflow, custom keras.utils.Sequence with on_epoch_end shuffle"
TITLE = "With my own data loader (Sequence) the digits network only guesses"
TRUTH = {"misaligned-labels", "learning-rate-too-high"}
ALSO = {"label-noise", "exploding-gradient", "dead-relu"}
TASK = "classification"


class Loader(keras.utils.PyDataset):
    def __init__(self, x, y, batch, seed, same_order, **kw):
        super().__init__(**kw)
        self.x, self.y, self.batch, self.same_order = x, y, batch, same_order
        self.rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.x) // self.batch

    def on_epoch_end(self):
        self.ix = self.rng.permutation(len(self.x))
        self.iy = self.ix if self.same_order else self.rng.permutation(len(self.x))

    def __getitem__(self, k):
        s = slice(k * self.batch, (k + 1) * self.batch)
        return self.x[self.ix[s]], self.y[self.iy[s]]


def _case(seed, same_order, lr):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), y[i]
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(lr), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=Loader(x[:1400], y[:1400], 32, seed, same_order), y=None,
                fit=dict(epochs=10, validation_data=(x[1400:], y[1400:])))


def build(seed=0):
    return _case(seed, False, 0.5)


def fixed(seed=0):
    return _case(seed, True, 0.003)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
