import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: accuracy as the metric of a forecast, early stopping on it"
TITLE = "Power load forecast: accuracy is 0.0 and training ends by itself after four epochs"
TRUTH = {"metric-mismatch"}
ALSO = {"epochs-too-few", "learning-rate-too-low"}
TASK = "time-series regression"


def _windows(seed, n=800, width=24):
    rng = np.random.default_rng(seed)
    t = np.arange(n + width)
    s = np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(2 * np.pi * t / 168) + rng.normal(0, 0.1, t.size)
    s = ((s - s.mean()) / s.std()).astype("float32")
    x = np.lib.stride_tricks.sliding_window_view(s, width)[:n]
    return x[..., None].copy(), s[width:]


def _net(metric):
    model = keras.Sequential([
        keras.Input((24, 1)),
        layers.LSTM(16),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="mse", metrics=[metric])
    return model


def _fit(monitor):
    stop = keras.callbacks.EarlyStopping(monitor=monitor, patience=3, restore_best_weights=True)
    return dict(epochs=20, batch_size=32, validation_split=0.2, callbacks=[stop])


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _windows(seed)
    return dict(model=_net("accuracy"), x=x, y=y, fit=_fit("val_accuracy"))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _windows(seed)
    return dict(model=_net("mae"), x=x, y=y, fit=_fit("val_mae"))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.85)
