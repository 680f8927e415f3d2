import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: pandas frame with a log column, student notebooks on hotel bookings"
TITLE = "Hotel bookings from pandas: loss 0.692 and accuracy 0.52 whatever network I take"
TRUTH = {"nonfinite-input"}
ALSO = {"preprocessing-mismatch", "dead-relu"}
TASK = "binary classification"


def bookings(seed, n=2200):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "lead_time": np.floor(rng.exponential(45, n)).astype(int),
        "adr": rng.gamma(6, 18, n).round(2),
        "nights": rng.poisson(2.5, n) + 1,
        "deposit": rng.choice(["none", "refundable", "non_refund"], n, p=[0.7, 0.1, 0.2]),
        "segment": rng.choice(["online", "groups", "corporate", "direct"], n),
        "repeated": rng.random(n) < 0.15,
    })
    score = (1.6 * (np.log1p(df.lead_time) - 3.4) + 2.5 * (df.deposit == "non_refund") - 2.0 * df.repeated
             + 0.02 * (df.adr - 108) + df.segment.map({"online": 0.8, "groups": 1.2, "corporate": -1.2, "direct": -0.8}))
    df["is_canceled"] = (score + rng.normal(0, 0.7, n) > 0.3).astype(int)
    return df


def _case(seed, log):
    keras.utils.set_random_seed(seed)
    df = bookings(seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        df["lead_time"] = log(df["lead_time"])
        num = df[["lead_time", "adr", "nights"]]
        num = (num - num.mean()) / num.std()
    cat = pd.get_dummies(df[["deposit", "segment"]])
    x = pd.concat([num, cat, df["repeated"]], axis=1).astype("float32").to_numpy()
    y = df["is_canceled"].to_numpy("float32")
    model = keras.Sequential([
        keras.Input((x.shape[1],)),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, np.log)


def fixed(seed=0):
    return _case(seed, np.log1p)


def good(history, model, x, y):
    h = history.history
    return bool(np.isfinite(h["loss"][-1]) and h["val_accuracy"][-1] > 0.8)
