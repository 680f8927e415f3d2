import keras
import numpy as np
from keras import layers

SOURCE = "DeepLocalize GitHub case keras_catsdogs"
TITLE = "Stripes or spots: ten epochs pass in no time and the loss has moved from 0.69 to 0.68"
TRUTH = {"batch-size"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "optimizer"}
TASK = "binary classification"


def _furs(seed, n=1200):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    v, u = np.mgrid[0:20, 0:20]
    f = rng.uniform(0.7, 1.1, (n, 1, 1))
    p, q = rng.uniform(0, 6.28, (2, n, 1, 1))
    stripes = np.sin(f * u + p) * np.ones_like(v)
    spots = np.sin(f * u + p) * np.sin(f * v + q) * 1.4
    x = np.where(y[:, None, None] == 1, stripes, spots) + rng.normal(0, 0.5, (n, 20, 20))
    return (x[..., None] * 0.2 + 0.5).clip(0, 1).astype("float32"), y


def _net():
    model = keras.Sequential([
        keras.Input((20, 20, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _furs(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=10, batch_size=1000, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _furs(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
