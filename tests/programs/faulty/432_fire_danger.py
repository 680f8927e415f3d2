import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic (LabelEncoder on ordered levels, asked many times on StackOverflow)"
TITLE = "Forest fire danger in five levels as a regression: rounded predictions are right one time in four"
TRUTH = {"label-encoding"}
ALSO = {"loss-mismatch", "output-units", "categorical-as-ordinal", "capacity-too-small"}
TASK = "ordinal"
LEVELS = ["low", "moderate", "high", "very high", "extreme"]


def _days(seed, n=1400):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({
        "temperature": rng.normal(22, 7, n),
        "humidity": rng.uniform(15, 95, n),
        "wind": rng.gamma(2.5, 5, n),
        "days_without_rain": rng.geometric(0.18, n).astype(float),
    })
    z = (df - df.mean()) / df.std()
    danger = 0.9 * z.temperature - 0.8 * z.humidity + 0.5 * z.wind + 0.6 * np.tanh(z.days_without_rain) + rng.normal(0, 0.25, n)
    df["danger"] = pd.qcut(danger, 5, labels=LEVELS).astype(str)
    return df


def _net():
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(24, activation="relu"),
        layers.Dense(12, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])
    return model


def _run(seed, code):
    keras.utils.set_random_seed(seed)
    df = _days(seed)
    y = code(df["danger"]).to_numpy().astype("float32")
    x = df.drop(columns="danger").to_numpy()
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=40, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _run(seed, lambda level: level.astype("category").cat.codes)


def fixed(seed=0):
    return _run(seed, lambda level: level.map(LEVELS.index))


def good(history, model, x, y):
    p = model.predict(x[-280:], verbose=0).ravel()
    return bool(np.mean(np.round(p) == y[-280:]) > 0.55)
