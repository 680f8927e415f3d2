import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: star ratings 1 to 5 under a sparse loss with five units"
TITLE = "Star ratings: fit fails with a message on label values, or the loss is nan on the graphics card"
TRUTH = {"label-encoding"}
ALSO = {"output-units", "loss-mismatch"}
TASK = "classification"


def _stars(seed, n=1500):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame(rng.normal(0, 1, (n, 6)), columns=["taste", "service", "price", "noise", "view", "wait"])
    s = 1.5 * df["taste"] + df["service"] - 0.8 * df["wait"] + rng.normal(0, 0.1, n)
    return df, pd.Series(1 + np.digitize(s, s.quantile([0.2, 0.4, 0.6, 0.8])), name="stars")


def _net():
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(48, activation="elu"),
        layers.Dense(5, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _stars(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _stars(seed)
    return dict(model=_net(), x=x, y=y - 1, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.75)
