import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: card-fraud table with raw Time and Amount (many SO posts)"
TITLE = "Card fraud: accuracy 0.97 and not one fraud found"
TRUTH = {"class-imbalance", "input-not-scaled"}
ALSO = {"metric-mismatch"}
TASK = "binary classification"


def _table(seed, n=4000):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.03).astype("int64")
    z = rng.normal(0, 1, (n, 6))
    z[y == 1, :4] += 1.0
    df = pd.DataFrame(z, columns=["V1", "V2", "Time", "Amount", "V3", "V4"])
    df["Time"] = 86000 + 21000 * df["Time"]
    df["Amount"] = 1800 + 450 * df["Amount"]
    return df, y


def _case(seed, plain, raw):
    keras.utils.set_random_seed(seed)
    x, y = _table(seed)
    if not raw:
        x = (x - x[:3200].mean()) / x[:3200].std()
    model = keras.Sequential([
        keras.Input((6,)),
        layers.Dense(24, activation="relu"),
        layers.Dense(12, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    fit = dict(epochs=12, batch_size=64, validation_split=0.2)
    if not plain:
        fit["class_weight"] = {0: 1.0, 1: 32.0}
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel() > 0.5
    return bool(0.5 * (p[y == 1].mean() + (~p[y == 0]).mean()) > 0.77)
