import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: scaler applied to the training array and forgotten for the validation array"
TITLE = "Boiler temperature forecast: training error falls nicely, validation error in the thousands"
TRUTH = {"distribution-shift"}
ALSO = {"input-not-scaled", "target-not-scaled", "preprocessing-mismatch", "epochs-too-many"}
TASK = "time series regression"

LOOKBACK = 18


def series(seed, n=2000):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    load = np.convolve(rng.normal(0, 1, n + 9), np.ones(10) / 3, "valid")
    temp = 64 + 7 * np.sin(2 * np.pi * t / 48) + 3 * load + rng.normal(0, 0.4, n)
    return np.stack([temp, 210 + 25 * load], axis=1)


def windows(a):
    x = np.stack([a[i:i + LOOKBACK] for i in range(len(a) - LOOKBACK)])
    return x.astype("float32"), a[LOOKBACK:, 0].astype("float32")


def _make(seed, both):
    keras.utils.set_random_seed(seed)
    raw = series(seed)
    train, val = raw[:1600], raw[1600:]
    mu, sd = train.mean(axis=0), train.std(axis=0)
    x, y = windows((train - mu) / sd)
    xv, yv = windows((val - mu) / sd if both else val)
    model = keras.Sequential([keras.Input((LOOKBACK, 2)), layers.GRU(20), layers.Dense(10, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.004), loss="mse", metrics=["mae"])
    slow = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=4, factor=0.5)
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=64, validation_data=(xv, yv), callbacks=[slow]))


def build(seed=0):
    return _make(seed, False)


def fixed(seed=0):
    return _make(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.3)
