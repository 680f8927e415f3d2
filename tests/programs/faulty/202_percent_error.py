import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: mean absolute percentage error on counts with zeros"
TITLE = "Hourly bicycle hires: the loss is 4e8 and the forecast is zero for day and night"
TRUTH = {"loss-mismatch"}
ALSO = {"target-not-scaled", "outliers", "learning-rate-too-high", "exploding-gradient", "metric-mismatch"}
TASK = "time-series regression"


def _hours(seed, n=2400):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    rate = np.clip(8 * np.sin(2 * np.pi * (t - 8) / 24) + 3 * np.sin(2 * np.pi * t / 168), 0, None)
    warm = rng.normal(0, 1, n)
    y = rng.poisson(rate * np.exp(0.2 * warm)).astype("float32")
    parts = [f(2 * np.pi * t / p) for p in (24, 168) for f in (np.sin, np.cos)]
    return np.stack([*parts, warm], 1).astype("float32"), y


def _net(loss):
    model = keras.Sequential([
        keras.Input((5,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=loss)
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _hours(seed)
    return dict(model=_net("mean_absolute_percentage_error"), x=x, y=y,
                fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _hours(seed)
    return dict(model=_net("mean_absolute_error"), x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.6)
