import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "DeepLocalize GitHub case kaggle-melbourne_properties"
TITLE = "House prices: the loss is 1e12 in every epoch, all predictions are 1.0"
TRUTH = {"output-activation", "target-not-scaled", "input-not-scaled"}
ALSO = {"hidden-activation", "vanishing-gradient", "categorical-as-ordinal", "capacity-too-small",
        "learning-rate-too-low", "epochs-too-few"}
TASK = "regression"


def _houses(seed, n=1500):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "rooms": rng.integers(1, 6, n),
        "distance_m": rng.gamma(3, 4000, n),
        "land": rng.gamma(4, 140, n),
        "built": rng.integers(1880, 2018, n),
        "parking": rng.integers(0, 3, n),
    })
    price = (250_000 * df["rooms"] + 500 * df["land"] - 25 * df["distance_m"] + 900 * (df["built"] - 1880)
             + 40_000 * df["parking"] + 600_000 + rng.normal(0, 60_000, n))
    return df, price.rename("price")


def _net(last):
    model = keras.Sequential([
        keras.Input((5,)),
        layers.Dense(32, activation="tanh"),
        layers.Dense(16, activation="tanh"),
        layers.Dense(1, activation=last),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _houses(seed)
    return dict(model=_net("tanh"), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _houses(seed)
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    return dict(model=_net(None), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - np.asarray(y)) ** 2) / np.var(np.asarray(y)) > 0.85)
