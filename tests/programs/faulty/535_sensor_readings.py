import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "SO; pattern: the first layer normalises the raw columns, momentum taken from a long-running project"
TITLE = "Plant sensors: accuracy 0.95 while training, but guessing on validation and in predict, even on training rows"
TRUTH = {"batchnorm"}
ALSO = {"input-not-scaled", "distribution-shift"}
TASK = "binary classification"


def _plant(seed, n=1800):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"temp": rng.normal(82, 6, n), "pressure": rng.normal(410, 25, n), "flow": rng.normal(15, 2, n),
                       "valve": rng.normal(45, 10, n)})
    s = (df["temp"] - 82) / 6 + (df["pressure"] - 410) / 25 - ((df["flow"] - 15) / 2) * ((df["valve"] - 45) / 10)
    y = (s + rng.normal(0, 0.2, n) > 0).astype("float32")
    return df.to_numpy("float32"), y.to_numpy()[:, None]


def _case(seed, momentum):
    keras.utils.set_random_seed(seed)
    x, y = _plant(seed)
    model = keras.Sequential([
        keras.Input((4,)),
        layers.BatchNormalization(momentum=momentum),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=64, validation_split=0.2))


def build(seed=0):
    return _case(seed, 0.9995)


def fixed(seed=0):
    return _case(seed, 0.9)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
