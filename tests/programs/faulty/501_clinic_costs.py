import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "pattern: insurance / diabetes regression notebooks from Kaggle"
TITLE = "Predicting yearly costs of diabetes patients: loss stays at 2e8 and every patient gets the same number"
TRUTH = {"nonfinite-input", "target-not-scaled"}
ALSO = {"exploding-gradient", "learning-rate-too-low", "epochs-too-few"}
TASK = "regression"


def _table(seed, n=1500):
    rng = np.random.default_rng(seed)
    d = pd.DataFrame({"age": rng.normal(52, 13, n), "bmi": rng.normal(28, 5, n), "pressure": rng.normal(95, 14, n),
                      "glucose": rng.normal(120, 30, n), "visits": rng.poisson(4, n).astype(float)})
    z = (d - d.mean()) / d.std()
    cost = 14000 + 2500 * z["age"] + 3000 * z["bmi"] * (z["age"] > 0) + 2200 * z["glucose"] + 1800 * z["visits"]
    cost = cost + rng.normal(0, 1200, n)
    for c in ("bmi", "glucose"):                       # not measured
        d.loc[rng.random(n) < 0.04, c] = np.nan
    return d, cost.to_numpy("float32")[:, None]


def _case(seed, fill, thousands):
    keras.utils.set_random_seed(seed)
    d, y = _table(seed)
    if fill:
        d = d.fillna(d.iloc[:1200].median())
    x = ((d - d.iloc[:1200].mean()) / d.iloc[:1200].std()).to_numpy("float32")
    if thousands:
        y = (y - y[:1200].mean()) / y[:1200].std()
    model = keras.Sequential([
        keras.Input((5,)), layers.Dense(32, activation="relu"), layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mean_squared_error", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False, False)


def fixed(seed=0):
    return _case(seed, True, True)


def good(history, model, x, y):
    p, t = model.predict(x[1200:], verbose=0), y[1200:]
    return bool(1 - np.mean((p - t) ** 2) / np.var(t) > 0.75)
