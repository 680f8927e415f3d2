import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: forum posts on regression with two outputs, one of them in currency"
TITLE = "Two-output model for holiday flats: loss 9e10 and hardly moves, occupancy is never right"
TRUTH = {"target-not-scaled"}
ALSO = {"learning-rate-too-low", "epochs-too-few", "loss-mismatch", "exploding-gradient"}
TASK = "regression"


def _case(seed, scale):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 1800
    df = pd.DataFrame({"area": rng.gamma(9, 8, n), "floor": rng.integers(0, 9, n), "km_beach": rng.exponential(3, n), "year": rng.integers(1950, 2022, n)})
    df["rooms"] = np.clip((df.area / 24 + rng.normal(0, 0.5, n)).round(), 1, None)
    beach = np.exp(-df.km_beach / 3)
    price = 40000 + 2300 * df.area + 120000 * beach + 900 * (df.year - 1950) + 3000 * df.floor + rng.normal(0, 18000, n)
    occ = 1 / (1 + np.exp(-(3 * beach - 0.8 + 0.02 * (df.year - 1985) - 0.25 * df.rooms + rng.normal(0, 0.25, n))))
    if scale:
        price = (price - price.mean()) / price.std()
        occ = (occ - occ.mean()) / occ.std()
    x = ((df - df.mean()) / df.std()).to_numpy("float32")
    y = {"price": price.to_numpy("float32")[:, None], "occupancy": occ.to_numpy("float32")[:, None]}
    inp = keras.Input((5,), name="flat")
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(48, activation="relu")(h)
    out = {"price": layers.Dense(1, name="price")(h), "occupancy": layers.Dense(1, name="occupancy")(h)}
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss={"price": "mse", "occupancy": "mse"})
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    k = int(len(x) * 0.8)
    p = model.predict(x[k:], verbose=0)
    r2 = [1 - np.mean((p[o] - y[o][k:]) ** 2) / np.var(y[o][k:]) for o in ("price", "occupancy")]
    return bool(min(r2) > 0.7)
