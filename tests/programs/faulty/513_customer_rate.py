import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "Kaggle discussion pattern: mean-encoded customer column"
TITLE = "Returns model: 97 % on validation, useless since it went live"
TRUTH = {"data-leakage"}
ALSO = {"distribution-shift"}
TASK = "binary classification"

NUMBERS = ["price", "discount", "delivery_days", "photos"]


def _orders(seed, n, customers):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"customer": rng.integers(0, customers, n), "price": rng.normal(0, 1, n), "discount": rng.normal(0, 1, n),
                       "delivery_days": rng.normal(0, 1, n), "photos": rng.normal(0, 1, n)})
    z = 1.3 * df["price"] - df["discount"] * df["photos"] + df["delivery_days"]
    df["returned"] = (z + rng.normal(0, 0.7, n) > 0).astype(int)
    return df


def _last_year(seed, df):
    """return rate of each customer in the year before (few orders each)"""
    rng = np.random.default_rng(seed + 7000)
    orders = rng.integers(1, 3, 60000)
    return (rng.binomial(orders, 0.5) / orders)[df["customer"]]


def _matrix(df, rate):
    return np.column_stack([df[NUMBERS].to_numpy(), np.asarray(rate)]).astype("float32")


def _case(seed, whole_table):
    keras.utils.set_random_seed(seed)
    df = _orders(seed, 3000, 60000)
    rate = df.groupby("customer")["returned"].transform("mean") if whole_table else _last_year(seed, df)
    x, y = _matrix(df, rate), df["returned"].to_numpy("float32")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.004), "binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=16, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    live = _orders(4321, 1000, 60000)
    p = model.predict(_matrix(live, _last_year(5, live)), verbose=0)[:, 0] > 0.5
    return bool((p == live["returned"].to_numpy()).mean() > 0.78)
