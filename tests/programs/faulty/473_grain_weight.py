import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: Rescaling layer on images already divided by 255, target in grams"
TITLE = "Weight of a grain heap from an image: mean squared error in the millions"
TRUTH = {"preprocessing-mismatch", "target-not-scaled"}
ALSO = {"epochs-too-few", "learning-rate-too-low"}
TASK = "image regression"


def _data(seed, n=1000):
    rng = np.random.default_rng(seed)
    g = np.arange(14)
    cx, cy = rng.uniform(4, 10, (2, n))
    w, h = rng.uniform(1.0, 4.0, (2, n))
    img = np.exp(-((g[None, None, :] - cx[:, None, None]) / w[:, None, None]) ** 2
                 - ((g[None, :, None] - cy[:, None, None]) / h[:, None, None]) ** 2)
    img = np.clip(220 * img + rng.normal(0, 5, img.shape), 0, 255).round()
    grams = 400 + 300 * w * h
    return img.astype("float32")[..., None], grams.astype("float32")


def _case(seed, twice, grams):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    if twice:
        x = x / 255.0
    if not grams:
        y = (y - y[:800].mean()) / y[:800].std()
    model = keras.Sequential([
        keras.Input((14, 14, 1)),
        layers.Rescaling(1 / 255.0),
        layers.Conv2D(8, 3, strides=2, activation="relu"),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.0005), loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.9)
