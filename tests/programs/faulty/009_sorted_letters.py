import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: class folders read one after another, shuffle=False"
TITLE = "Images from class folders: validation accuracy stays near 0.7"
TRUTH = {"unshuffled-data"}
ALSO = {"learning-rate-too-high", "optimizer"}
TASK = "classification"


def _net():
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _data():
    x, y = load_digits(return_X_y=True)
    x = (x / 16.0).astype("float32")
    xt, yt, xv, yv = x[:1400], y[:1400], x[1400:], y[1400:]
    i = np.argsort(yt, kind="stable")
    return xt[i], yt[i], (xv, yv)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data()
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=6, batch_size=32, shuffle=False, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data()
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=6, batch_size=32, shuffle=True, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
