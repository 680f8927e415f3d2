import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (concentrations in mol per litre)"
TITLE = "Trace gas from absorption spectra: loss 0.0003 looks perfect, predictions are off by a factor of a hundred"
TRUTH = {"target-not-scaled"}
ALSO = {"epochs-too-few", "learning-rate-too-high"}
TASK = "regression"
CHANNELS = 40


def _spectra(seed, n=1200):
    rng = np.random.default_rng(seed)
    wave = np.linspace(0, 1, CHANNELS)
    gas = rng.uniform(2e-5, 4e-4, n)
    water = rng.uniform(0.2, 1.5, n)
    band = np.exp(-((wave - 0.35) / 0.06) ** 2) + 0.5 * np.exp(-((wave - 0.7) / 0.04) ** 2)
    wet = np.exp(-((wave - 0.55) / 0.2) ** 2)
    absorbed = 1 - np.exp(-(gas[:, None] * 4000 * band + water[:, None] * wet))
    return (absorbed + rng.normal(0, 0.01, absorbed.shape)).astype("float32"), gas.astype("float32")


def _net():
    model = keras.Sequential([
        keras.Input((CHANNELS,)),
        layers.Dense(32, activation="tanh"),
        layers.Dense(16, activation="tanh"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
    return model


def _run(seed, factor):
    keras.utils.set_random_seed(seed)
    x, y = _spectra(seed)
    x = (x - x.mean(0)) / x.std(0)
    return dict(model=_net(), x=x, y=y * factor, fit=dict(epochs=40, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _run(seed, 1)


def fixed(seed=0):
    return _run(seed, 1e4)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.9)
