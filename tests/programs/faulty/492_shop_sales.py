import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: Rossmann-like sales notebooks, code columns as numbers and 9999999 for 'no competitor'"
TITLE = "Shop sales from a data frame: mse on the validation rows hardly better than the mean"
TRUTH = {"categorical-as-ordinal", "outliers"}
ALSO = {"preprocessing-mismatch", "input-not-scaled", "capacity-too-small", "constant-feature"}
TASK = "regression"

TOWNS = 36


def sales(seed, n=2200):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "town": rng.integers(0, TOWNS, n),
        "weekday": rng.integers(0, 7, n),
        "promo": rng.integers(0, 2, n),
        "competitor_m": rng.gamma(2.0, 800, n),
    })
    town = np.random.default_rng(11).normal(0, 1.0, TOWNS)
    day = np.array([0.4, 0.0, -0.1, 0.0, 0.2, 0.6, -1.2])
    y = town[df.town] + day[df.weekday] + 0.5 * df.promo + 1.0 * (df.competitor_m - 1600) / 1130 + rng.normal(0, 0.3, n)
    df.loc[rng.random(n) < 0.03, "competitor_m"] = 9999999.0
    return df, ((y - y.mean()) / y.std()).to_numpy("float32")


def _case(seed, onehot, mend):
    keras.utils.set_random_seed(seed)
    df, y = sales(seed)
    if mend:
        seen = df.competitor_m[df.competitor_m < 1e6]
        df["competitor_m"] = df.competitor_m.where(df.competitor_m < 1e6, seen.median())
    if onehot:
        df = pd.get_dummies(df, columns=["town", "weekday"], dtype=float)
        cols = ["promo", "competitor_m"]
    else:
        cols = list(df.columns)
    df[cols] = (df[cols] - df[cols].mean()) / df[cols].std()
    x = df.to_numpy("float32")
    model = keras.Sequential([
        keras.Input((x.shape[1],)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=keras.losses.Huber(), metrics=["mse"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False, False)


def fixed(seed=0):
    return _case(seed, True, True)


def good(history, model, x, y):
    return bool(history.history["val_mse"][-1] < 0.2)
