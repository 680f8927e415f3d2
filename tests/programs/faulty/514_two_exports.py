import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: last year's file came from another weather service"
TITLE = "Bike hire per hour: fits last season nicely, validation file of this season is far off"
TRUTH = {"distribution-shift"}
ALSO = {"input-not-scaled", "preprocessing-mismatch", "epochs-too-many"}
TASK = "regression"


def _season(rng, n):
    df = pd.DataFrame({"temp": rng.normal(16, 7, n), "wind": rng.gamma(3, 4, n), "humidity": rng.uniform(30, 95, n), "hour": rng.integers(0, 24, n)})
    peak = np.exp(-((df["hour"] - 8) / 2.0) ** 2) + np.exp(-((df["hour"] - 17) / 2.5) ** 2)
    df["hires"] = np.maximum(60 + 9 * df["temp"] - 3 * df["wind"] - 0.6 * df["humidity"] + 160 * peak + rng.normal(0, 15, n), 0)
    return df


def _case(seed, american):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    old, new = _season(rng, 2000), _season(rng, 600)
    if american:
        new["temp"] = new["temp"] * 1.8 + 32
        new["wind"] = new["wind"] / 1.609
    cols = ["temp", "wind", "humidity", "hour"]
    mean, std = old[cols].mean(), old[cols].std()
    x, xv = ((d[cols] - mean).div(std).to_numpy("float32") for d in (old, new))
    y, yv = ((d["hires"].to_numpy("float32") - 150) / 100 for d in (old, new))
    inp = keras.Input((4,))
    h = layers.Dense(64, activation="relu")(inp)
    h = layers.Dense(32, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1)(h))
    model.compile(keras.optimizers.Adam(0.004), "mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=18, batch_size=32, validation_data=(xv, yv)))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_mae"][-1] < 0.35)
