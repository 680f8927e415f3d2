import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (horizon of six, one unit; optimizer given by name)"
TITLE = "Solar power for the next six steps: the forecast is one flat number and improves by a hair each epoch"
TRUTH = {"output-units", "optimizer"}
ALSO = {"learning-rate-too-low", "epochs-too-few", "input-shape", "loss-mismatch"}
TASK = "regression"
LAGS, AHEAD = 16, 6


def _power(seed, n=1900):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    sun = np.maximum(0, np.sin(2 * np.pi * t / 16))
    cloud = np.zeros(n)
    for i in range(1, n):
        cloud[i] = 0.95 * cloud[i - 1] + rng.normal(0, 0.3)
    return sun / (1 + np.exp(cloud)) + rng.normal(0, 0.01, n)


class Forecaster(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.conv = layers.Conv1D(24, 4, activation="relu")
        self.flat = layers.Flatten()
        self.hidden = layers.Dense(48, activation="relu")
        self.out = layers.Dense(units)

    def call(self, x):
        return self.out(self.hidden(self.flat(self.conv(x))))


def _run(seed, units, optimizer):
    keras.utils.set_random_seed(seed)
    power = _power(seed)
    power = (power - power.mean()) / power.std()
    n = len(power) - LAGS - AHEAD
    x = np.stack([power[i:i + LAGS] for i in range(n)])[..., None].astype("float32")
    y = np.stack([power[i + LAGS:i + LAGS + AHEAD] for i in range(n)]).astype("float32")
    model = Forecaster(units)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    return dict(model=model, x=x[:1500], y=y[:1500], fit=dict(epochs=12, batch_size=32, validation_data=(x[1500:], y[1500:])))


def build(seed=0):
    return _run(seed, 1, "adagrad")


def fixed(seed=0):
    return _run(seed, AHEAD, "adam")


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.18)
