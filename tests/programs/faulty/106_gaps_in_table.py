import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "SO 37232782 (own data)"
TITLE = "Rents from a table: loss is nan from the first epoch, with every optimizer"
TRUTH = {"nonfinite-input"}
ALSO = {"exploding-gradient"}
TASK = "regression"


def _frame(seed, n=1500):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "area": rng.gamma(9, 8, n),
        "rooms": rng.integers(1, 6, n).astype(float),
        "age": rng.integers(0, 90, n).astype(float),
        "distance": rng.gamma(2, 2.5, n),
        "balcony": rng.integers(0, 2, n).astype(float),
    })
    rent = 120 + 9.5 * df["area"] - 1.5 * df["age"] - 28 * df["distance"] + 60 * df["balcony"] + rng.normal(0, 40, n)
    df.loc[rng.choice(n, 37, replace=False), "age"] = np.nan
    df.loc[rng.choice(n, 12, replace=False), "distance"] = np.nan
    return df, (rent - rent.mean()) / rent.std()


def _net():
    model = keras.Sequential([
        keras.Input((5,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    df, y = _frame(seed)
    df = (df - df.mean()) / df.std()
    return dict(model=_net(), x=df, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    df, y = _frame(seed)
    df = df.fillna(df.median())
    df = (df - df.mean()) / df.std()
    return dict(model=_net(), x=df, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.2)
