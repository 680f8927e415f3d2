import keras
import numpy as np
from keras import layers

SOURCE = "SO 59282996 (only two of the label values in use; own sequences)"
TITLE = "LSTM on event logs: the loss falls below zero while accuracy stays at one half"
TRUTH = {"label-encoding"}
ALSO = {"loss-mismatch", "output-units", "output-activation"}
TASK = "binary classification"

STEPS = 18


def read_log(seed, n=1100):
    rng = np.random.default_rng(seed)
    state = rng.integers(0, 2, n)
    drift = np.where(state == 1, 0.11, -0.11)[:, None] * np.arange(STEPS)
    load = drift * rng.uniform(0.4, 1.0, (n, 1)) + rng.normal(0, 0.7, (n, STEPS))
    hum = rng.normal(0, 1, (n, STEPS))
    return np.stack([load, hum], axis=2).astype("float32"), state + 1      # 1 = idle, 2 = busy, 0 never used


def lstm():
    model = keras.Sequential(name="states")
    model.add(keras.Input((STEPS, 2)))
    model.add(layers.LSTM(20))
    model.add(layers.Dense(10, activation="tanh"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    X, y = read_log(seed)
    return dict(model=lstm(), x=X, y=y, fit=dict(epochs=10, batch_size=40, validation_split=0.25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    X, y = read_log(seed)
    return dict(model=lstm(), x=X, y=y - 1, fit=dict(epochs=10, batch_size=40, validation_split=0.25))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel() > 0.5
    return bool((p == (y == y.max())).mean() > 0.85)
