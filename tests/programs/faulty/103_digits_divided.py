import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 59325381"
TITLE = "Digits: the loss reaches zero in a few epochs and the accuracy stays at 0.1"
TRUTH = {"label-encoding"}
ALSO = {"single-class", "metric-mismatch", "target-not-scaled", "loss-mismatch"}
TASK = "classification"


def _data(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    return d.images[i].astype("float32")[..., None] * (255 / 16), d.target[i].astype("float32")


def _net():
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    x, y = x / 255.0, y / 255.0
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    x = x / 255.0
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
