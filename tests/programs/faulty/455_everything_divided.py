import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 59325381"
TITLE = "Loss falls to almost zero, accuracy stays at 0.1"
TRUTH = {"label-encoding"}
ALSO = {"single-class", "loss-mismatch", "metric-mismatch"}
TASK = "classification"


def _data(seed, labels_too):
    data = load_digits()
    i = np.random.default_rng(seed).permutation(len(data.target))
    x, y = data.images[i].astype("float32"), data.target[i].astype("float32")
    x = x / 16.0
    if labels_too:
        y = y / 16.0
    return x, y


def _net():
    model = keras.Sequential([
        keras.Input((8, 8)),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed, True)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed, False)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
