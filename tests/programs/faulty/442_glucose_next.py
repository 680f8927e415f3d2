import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (SO 50555434: sigmoid on a regression; SO 37213388: two epochs)"
TITLE = "Glucose in half an hour with an LSTM: low values are never predicted and the curve is flat"
TRUTH = {"output-activation", "epochs-too-few"}
ALSO = {"learning-rate-too-low", "target-not-scaled"}
TASK = "regression"
LAGS = 18


def _glucose(seed, n=2200):
    rng = np.random.default_rng(seed)
    meals = np.convolve((rng.random(n) < 0.03) * rng.uniform(20, 60, n), np.exp(-np.arange(40) / 12) * np.arange(40) / 8)[:n]
    drift = np.zeros(n)
    for i in range(1, n):
        drift[i] = 0.97 * drift[i - 1] + rng.normal(0, 2.5)
    return 105 + meals + drift + rng.normal(0, 1.5, n)


def _windows(series, ahead=3):
    n = len(series) - LAGS - ahead
    x = np.stack([series[i:i + LAGS] for i in range(n)])[..., None]
    return x.astype("float32"), series[LAGS + ahead - 1:LAGS + ahead - 1 + n].astype("float32")


def _run(seed, last, epochs):
    keras.utils.set_random_seed(seed)
    series = _glucose(seed)
    series = (series - series[:1600].mean()) / series[:1600].std()
    x, y = _windows(series)
    model = keras.Sequential([
        keras.Input((LAGS, 1)),
        layers.LSTM(24),
        layers.Dense(1, activation=last),
    ])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])
    return dict(model=model, x=x[:1600], y=y[:1600], fit=dict(epochs=epochs, batch_size=32, validation_data=(x[1600:], y[1600:])))


def build(seed=0):
    return _run(seed, "sigmoid", 2)


def fixed(seed=0):
    return _run(seed, "linear", 20)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.85)
