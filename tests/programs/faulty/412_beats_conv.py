import keras
import numpy as np
from keras.layers import Conv1D, Dense, Flatten, MaxPooling1D

SOURCE = "SO 45120429 (own beats; no Flatten before the sigmoid unit)"
TITLE = "Conv1D stack trains without any complaint but cannot find the irregular heart beats"
TRUTH = {"input-shape"}
ALSO = {"output-units", "metric-mismatch", "epochs-too-few", "capacity-too-small", "loss-mismatch"}
TASK = "binary classification"


def beats(seed, n=900, T=64):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    t = np.arange(T)
    first = rng.integers(8, 20, n)
    gap = np.where(y == 1, 18, 30) + rng.integers(-2, 3, n)
    x = np.exp(-0.5 * ((t - first[:, None]) / 1.5) ** 2) + np.exp(-0.5 * ((t - (first + gap)[:, None]) / 1.5) ** 2)
    x = x + rng.normal(0, 0.08, x.shape)
    return x[..., None].astype("float32"), y.astype("float32")[:, None]


def _net(flat):
    model = keras.Sequential()
    model.add(keras.Input((64, 1)))
    model.add(Conv1D(16, 5, activation="relu", padding="same"))
    model.add(MaxPooling1D(2))
    model.add(Conv1D(16, 5, activation="relu", padding="same"))
    if flat:
        model.add(Flatten())
    model.add(Dense(24, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.003), metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = beats(seed)
    return dict(model=_net(False), x=x, y=y, fit=dict(epochs=12, batch_size=30, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = beats(seed)
    return dict(model=_net(True), x=x, y=y, fit=dict(epochs=12, batch_size=30, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).reshape(len(x), -1).mean(1) > 0.5
    return bool((p == (y.ravel() > 0.5)).mean() > 0.9)
