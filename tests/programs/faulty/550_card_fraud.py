import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "Kaggle credit card fraud notebooks, StackOverflow"
TITLE = "Fraud model has 97 % accuracy but does not find the frauds"
TRUTH = {"class-imbalance"}
ALSO = {"metric-mismatch"}
TASK = "binary classification"


def _case(seed, weigh):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 4000
    y = (rng.random(n) < 0.03).astype("float32")
    df = pd.DataFrame({f"v{k}": rng.normal(0, 1, n) for k in range(6)})
    df["v0"] += 1.1 * y
    df["v1"] -= 0.9 * y
    df["amount"] = np.log1p(rng.lognormal(3, 1, n)) - 3 + 0.6 * y
    x = df.to_numpy("float32")
    model = keras.Sequential([
        keras.Input((7,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy",
                  metrics=["accuracy"])
    fit = dict(epochs=10, batch_size=64, validation_split=0.2)
    if weigh:
        fit["class_weight"] = {0: 0.5 / (1 - y.mean()), 1: 0.5 / y.mean()}
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel() > 0.5
    return bool(p[y == 1].mean() > 0.55 and (~p[y == 0]).mean() > 0.6)
