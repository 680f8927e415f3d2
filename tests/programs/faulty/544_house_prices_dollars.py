import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "StackOverflow / Kaggle house prices: 'loss is in the billions'"
TITLE = "House prices: mean squared error around 1e11 and hardly going down, all predictions far too small"
TRUTH = {"target-not-scaled"}
ALSO = {"learning-rate-too-low", "epochs-too-few", "metric-mismatch"}
TASK = "regression"


def _case(seed, scale):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 1500
    df = pd.DataFrame({"sqft": rng.normal(1800, 500, n).clip(500), "beds": rng.integers(1, 6, n),
                       "age": rng.integers(0, 90, n), "dist_km": rng.exponential(8, n)})
    price = 60000 + 150 * df["sqft"] + 12000 * df["beds"] - 900 * df["age"] - 3500 * df["dist_km"] + rng.normal(0, 15000, n)
    x = ((df - df.mean()) / df.std()).to_numpy("float32")
    y = price.to_numpy("float32")
    if scale:
        y = (y - y.mean()) / y.std()
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    p = model.predict(x[1200:], verbose=0).ravel()
    t = y[1200:]
    return bool(1 - np.mean((p - t) ** 2) / np.var(t) > 0.8)
