import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "style of tutorials on regression with a Normalization layer"
TITLE = "Target in kilowatt hours (thousands) left as it is: a large rate and many epochs make up for it"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 1500
    df = pd.DataFrame({
        "floor": rng.normal(140, 35, n),
        "people": rng.integers(1, 7, n).astype(float),
        "degree_days": rng.normal(2900, 300, n),
        "heat_pump": rng.integers(0, 2, n).astype(float),
    })
    kwh = (18 * df["floor"] + 650 * df["people"] + 0.6 * df["degree_days"] * df["heat_pump"]
           + rng.normal(0, 250, n))
    norm = layers.Normalization()
    norm.adapt(df.to_numpy())
    model = keras.Sequential([
        keras.Input((4,)),
        norm,
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mae", metrics=["mse"])
    return dict(model=model, x=df, y=kwh, fit=dict(epochs=30, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p, y = model.predict(x, verbose=0).ravel(), np.asarray(y)
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.9)
