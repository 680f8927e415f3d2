import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "SO; pattern: regularisation layers sprinkled over a price model"
TITLE = "Flat prices (in 100k): predictions come out far too cheap, training error bigger than without a network"
TRUTH = {"dropout"}
ALSO = {"output-activation"}
TASK = "regression"


def _flats(seed, n=1500):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"area": rng.gamma(9, 9, n), "rooms": rng.integers(1, 7, n), "floor": rng.integers(0, 12, n),
                       "year": rng.integers(1900, 2024, n), "km_centre": rng.gamma(2, 3, n)})
    price = 0.6 + 0.028 * df["area"] + 0.15 * df["rooms"] - 0.08 * df["km_centre"] + 0.6 * (df["year"] > 2000) + rng.normal(0, 0.25, n)
    return df, price.clip(lower=0.2)


def _case(seed, last):
    keras.utils.set_random_seed(seed)
    df, price = _flats(seed)
    first = df[:1200]
    x = ((df - first.mean()) / first.std()).to_numpy("float32")
    y = price.to_numpy("float32")[:, None]
    inp = keras.Input((5,))
    h = layers.Dense(64, activation="relu")(inp)
    h = layers.Dropout(0.1)(h)
    h = layers.Dense(32, activation="relu")(h)
    out = layers.Dense(1)(h)
    if last:
        out = layers.Dropout(0.5)(out)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.3 * np.var(y))
