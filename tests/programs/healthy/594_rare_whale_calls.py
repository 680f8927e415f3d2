import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: rare event detection in spectrogram windows"
TITLE = "Whale calls in 6 % of the spectrogram windows, no class weights"
TASK = "binary classification"


def _windows(seed, n=2000, bands=16, frames=16):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.06).astype("float32")
    db = rng.normal(-60, 6, (n, bands, frames)) - np.linspace(0, 10, bands)[None, :, None]
    start, slope = rng.uniform(3, 7, n), rng.uniform(0.3, 0.6, n)
    line = start[:, None, None] + slope[:, None, None] * np.arange(frames)
    call = np.exp(-((np.arange(bands)[None, :, None] - line) ** 2) / 1.5)
    db = db + 15 * call * y[:, None, None]
    return ((db + 65) / 10).astype("float32")[..., None], y[:, None]


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _windows(seed)
    model = keras.Sequential([
        keras.Input((16, 16, 1)),
        layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(12, 3, activation="relu"), layers.GlobalMaxPooling2D(),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy",
                  metrics=["accuracy", keras.metrics.AUC(name="auc", curve="PR"), keras.metrics.Recall(name="recall")])
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.25))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_auc"][-1] > 0.9 and h["val_recall"][-1] > 0.7)
