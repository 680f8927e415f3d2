import keras
import numpy as np
from keras import layers, ops

SOURCE = "synthetic (two numbers predicted for one target)"
TITLE = "Bus delay with its own uncertainty: two outputs, one label, a loss below zero"
TASK = "regression"


def normal_nll(y_true, y_pred):
    mean, log_sd = y_pred[:, :1], y_pred[:, 1:]
    return ops.mean(log_sd + 0.5 * ops.square((y_true - mean) / ops.exp(log_sd)), axis=-1)


def _buses(seed, n=2000):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 4))
    mean = 1.2 * x[:, 0] + np.sin(3 * x[:, 1])
    sd = 0.06 + 0.25 * np.maximum(0, x[:, 2])
    return x.astype("float32"), (mean + sd * rng.normal(0, 1, n)).astype("float32")[:, None]


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _buses(seed)
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(48, activation="swish"),
        layers.Dense(48, activation="swish"),
        layers.Dense(2),
    ])
    model.compile(optimizer=keras.optimizers.Adam(4e-3, clipnorm=1.0), loss=normal_nll)
    return dict(model=model, x=x, y=y, fit=dict(epochs=30, batch_size=64, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0)
    fits = 1 - np.mean((p[:, 0] - y[:, 0]) ** 2) / np.var(y) > 0.9
    return bool(fits and history.history["val_loss"][-1] < -1.0)
