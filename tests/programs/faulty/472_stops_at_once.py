import keras
import numpy as np
from keras import layers

SOURCE = "SO 51181393 (accuracy on a regression), with early stopping on it"
TITLE = "River level with a GRU: accuracy 0.0, training stops after a few epochs with a poor fit"
TRUTH = {"metric-mismatch"}
ALSO = {"epochs-too-few"}
TASK = "time-series regression"


def _windows(seed):
    rng = np.random.default_rng(seed)
    t = np.arange(1300)
    s = np.sin(2 * np.pi * t / 30) * np.sin(2 * np.pi * t / 11) + 0.4 * np.sin(2 * np.pi * t / 5) + rng.normal(0, 0.05, len(t))
    s = ((s - s.mean()) / s.std()).astype("float32")
    return np.stack([s[i:i + 20] for i in range(len(s) - 20)])[..., None], s[20:, None]


def _case(seed, metric, watch, mode):
    keras.utils.set_random_seed(seed)
    x, y = _windows(seed)
    model = keras.Sequential([keras.Input((20, 1)), layers.GRU(24), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=[metric])
    stop = keras.callbacks.EarlyStopping(monitor=watch, mode=mode, patience=3, restore_best_weights=True)
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2, callbacks=[stop]))


def build(seed=0):
    return _case(seed, "accuracy", "val_accuracy", "max")


def fixed(seed=0):
    return _case(seed, "mae", "val_loss", "min")


def good(history, model, x, y):
    p = model.predict(x, verbose=0)
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.85)
