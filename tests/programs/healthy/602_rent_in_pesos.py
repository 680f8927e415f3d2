import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "practitioner pattern: scaling layers inside the exported model"
TITLE = "Rents in pesos: loss of 10 to the 8 and raw columns, is that normal?"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 2000
    df = pd.DataFrame({"m2": rng.gamma(6, 13, n), "year": rng.integers(1930, 2024, n), "metro_m": rng.exponential(900, n), "floor": rng.integers(0, 15, n)})
    rent = (60000 + 1500 * df["m2"] + 400 * (df["year"] - 1975) - 18 * np.minimum(df["metro_m"], 3000) + 900 * df["floor"]) * rng.lognormal(0, 0.06, n)
    x, y = df.to_numpy("float32"), rent.to_numpy("float32")[:, None]
    norm = layers.Normalization()
    norm.adapt(x[:1600])
    inp = keras.Input((4,))
    h = layers.Dense(48, activation="relu")(norm(inp))
    h = layers.Dense(24, activation="relu")(h)
    h = layers.Dense(1)(h)
    out = layers.Rescaling(float(y[:1600].std()), offset=float(y[:1600].mean()), name="pesos")(h)
    model = keras.Model(inp, out)
    model.compile(keras.optimizers.Adam(0.004), "mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    t, p = y[1600:, 0], model.predict(x[1600:], verbose=0)[:, 0]
    return bool(1 - np.mean((t - p) ** 2) / np.var(t) > 0.85)
