import keras
import numpy as np
from keras import layers

SOURCE = "SO 46642627"
TITLE = "Fuel use from engine data: the loss is -171 in every epoch and the absolute error 1e8"
TRUTH = {"loss-mismatch", "input-not-scaled", "target-not-scaled"}
ALSO = {"learning-rate-too-high", "exploding-gradient", "metric-mismatch", "output-activation", "optimizer"}
TASK = "regression"


def _data(seed, n=1200):
    rng = np.random.default_rng(seed)
    weight, power, year = rng.normal(1400, 300, n), rng.gamma(8, 14, n), rng.integers(1970, 1983, n)
    y = 0.006 * weight + 0.03 * power - 0.25 * (year - 1976) + rng.normal(0, 0.6, n)
    return np.stack([weight, power, year], 1), y


def _net(loss):
    model = keras.Sequential([
        keras.Input((3,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(8, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss, metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net("binary_crossentropy"), x=x, y=y, fit=dict(epochs=20, batch_size=16, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    x, y = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    return dict(model=_net("mean_squared_error"), x=x, y=y, fit=dict(epochs=20, batch_size=16, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(np.isfinite(p).all() and 1 - np.mean((p - y) ** 2) / np.var(y) > 0.85)
