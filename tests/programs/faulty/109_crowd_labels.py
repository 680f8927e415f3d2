import keras
import numpy as np
from keras import layers
from sklearn.datasets import make_classification

SOURCE = "synthetic; pattern: labels of careless annotators, validation set relabelled by hand"
TITLE = "Crowd-labelled items: training accuracy climbs slowly, validation loss rises from the third epoch"
TRUTH = {"label-noise"}
ALSO = {"capacity-too-large", "epochs-too-many", "misaligned-labels", "too-little-data", "regularization", "dropout"}
TASK = "classification"


def _data(seed, noise):
    rng = np.random.default_rng(seed)
    x, y = make_classification(n_samples=1800, n_features=20, n_informative=12, n_redundant=0, n_classes=5,
                               n_clusters_per_class=1, class_sep=1.8, flip_y=0.0, random_state=seed)
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    xt, yt, xv, yv = x[:1300], y[:1300].copy(), x[1300:], y[1300:]
    if noise:
        k = rng.random(1300) < 0.45
        yt[k] = (yt[k] + rng.integers(1, 5, k.sum())) % 5
    return xt, yt, (xv, yv)


def _net():
    model = keras.Sequential([
        keras.Input((20,)),
        layers.Dense(96, activation="relu"),
        layers.Dense(96, activation="relu"),
        layers.Dense(5, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data(seed, True)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data(seed, False)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_data=val))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.85 and h["accuracy"][-1] > 0.9)
