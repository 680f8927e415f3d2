import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "DeepLocalize GitHub case kaggle-melbourne_properties (own table)"
TITLE = "House prices: mean absolute error equals the mean price, whatever I try"
TRUTH = {"output-activation", "target-not-scaled"}
ALSO = {"hidden-activation", "capacity-too-small", "learning-rate-too-low", "epochs-too-few", "vanishing-gradient"}
TASK = "regression"


def listings(seed, n=1400):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"Rooms": rng.integers(1, 6, n), "Distance": rng.gamma(3, 4, n), "Landsize": rng.normal(500, 130, n),
                       "YearBuilt": rng.integers(1900, 2020, n)})
    df["Price"] = (260_000 + 210_000 * df.Rooms - 17_000 * df.Distance + 600 * df.Landsize + 40 * df.Rooms * df.Landsize
                   + rng.normal(0, 40_000, n)).clip(90_000)
    return df


def _run(seed, linear, scale):
    keras.utils.set_random_seed(seed)
    df = listings(seed)
    price = df.pop("Price").to_numpy("float32")
    if scale:
        price = (price - price.mean()) / price.std()
    feats = {c: ((df[c] - df[c].mean()) / df[c].std()).to_numpy("float32")[:, None] for c in df.columns}
    ins = {c: keras.Input((1,), name=c) for c in feats}
    h = layers.Concatenate()(list(ins.values()))
    h = layers.Dense(64, activation="tanh")(h)
    h = layers.Dense(32, activation="tanh")(h)
    out = layers.Dense(1, activation=None if linear else "tanh")(h)
    model = keras.Model(ins, out)
    model.compile("adam", loss="mae")
    return dict(model=model, x=feats, y=price, fit=dict(epochs=20, batch_size=32, validation_split=0.1))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.9)
