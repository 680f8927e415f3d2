import keras
import numpy as np
from keras import layers

SOURCE = "SO 50079585"
TITLE = "Three image folders, a copied cats-and-dogs net: accuracy 0.33 and a loss that turns negative"
TRUTH = {"output-units", "loss-mismatch"}
ALSO = {"output-activation", "label-encoding", "dropout", "exploding-gradient", "metric-mismatch"}
TASK = "classification"

SIDE = 20


def images(n, rng):
    y = rng.integers(0, 3, n)
    g = np.arange(SIDE)
    cx, cy = rng.uniform(7, 13, (2, n, 1, 1))
    r = rng.uniform(4, 6, (n, 1, 1))
    dx, dy = np.abs(g[None, None, :] - cx), np.abs(g[None, :, None] - cy)
    ring = np.abs(np.hypot(dx, dy) - r) < 1.0
    box = np.abs(np.maximum(dx, dy) - r) < 1.0
    cross = (np.minimum(dx, dy) < 1.2) & (np.maximum(dx, dy) < r)
    img = np.choose(y[:, None, None], [ring, box, cross]) * 160.0 + rng.normal(50, 20, (n, SIDE, SIDE))
    return np.clip(img, 0, 255)[..., None], y


class Folder(keras.utils.PyDataset):
    """Stands in for flow_from_directory(..., class_mode=...)."""

    def __init__(self, n, seed, batch_size=16):
        super().__init__()
        self.x, self.y = images(n, np.random.default_rng(seed))
        self.batch_size = batch_size

    def __len__(self):
        return len(self.y) // self.batch_size

    def __getitem__(self, i):
        s = slice(i * self.batch_size, (i + 1) * self.batch_size)
        return self.x[s] / 255.0, self.y[s]


def _make(seed, units, act, loss):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1))])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, (3, 3), activation="relu"))
        model.add(layers.MaxPooling2D(pool_size=(2, 2)))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(units, activation=act))
    model.compile(loss=loss, optimizer="rmsprop", metrics=["accuracy"])
    return dict(model=model, x=Folder(979, seed), y=None, fit=dict(epochs=8, validation_data=Folder(171, seed + 50)))


def build(seed=0):
    return _make(seed, 1, "sigmoid", "binary_crossentropy")


def fixed(seed=0):
    return _make(seed, 3, "softmax", "sparse_categorical_crossentropy")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
