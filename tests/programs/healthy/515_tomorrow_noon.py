import keras
import numpy as np
from keras import layers

SOURCE = "style of the TensorFlow time-series forecasting tutorial"
TITLE = "Two days of hourly load give the next twelve hours; the newest part of the series is the validation set"
TASK = "multi-step forecast"
PAST, AHEAD = 48, 12


def series(rng, hours):
    t = np.arange(hours)
    weekend = (t // 24) % 7 >= 5
    drift = np.zeros(hours)
    for i in range(1, hours):
        drift[i] = 0.97 * drift[i - 1] + rng.normal(0, 0.12)
    day = np.sin(2 * np.pi * t / 24 - 1.2) + 0.5 * np.sin(4 * np.pi * t / 24)
    return day * np.where(weekend, 0.6, 1.0) + drift + rng.normal(0, 0.08, hours)


def windows(s):
    w = np.lib.stride_tricks.sliding_window_view(s, PAST + AHEAD)
    return w[:, :PAST, None].astype("float32"), w[:, PAST:].astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    s = series(np.random.default_rng(seed), 24 * 7 * 20)
    cut = 24 * 7 * 16
    m, d = s[:cut].mean(), s[:cut].std()
    xt, yt = windows((s[:cut] - m) / d)
    val = windows((s[cut:] - m) / d)
    model = keras.Sequential([
        keras.Input((PAST, 1)),
        layers.Conv1D(24, 6, strides=2, activation="relu"),
        layers.Conv1D(32, 4, activation="relu"),
        layers.Flatten(),
        layers.Dense(AHEAD),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="mse", metrics=["mae"])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=12, batch_size=32, validation_data=val))


def good(history, model, x, y):
    held = np.mean((x[:, 24:24 + AHEAD, 0] - y) ** 2)      # the same hours of yesterday
    return bool(history.history["val_loss"][-1] < 0.7 * held and history.history["val_loss"][-1] < 0.3)
