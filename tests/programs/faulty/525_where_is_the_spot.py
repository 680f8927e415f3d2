import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: keypoint regression adapted from a single-value tutorial"
TITLE = "Locating a bright spot in small images: network always answers something on the diagonal"
TRUTH = {"output-units"}
ALSO = {"loss-mismatch", "capacity-too-small"}
TASK = "regression"


def _images(seed, n=1400, size=16):
    rng = np.random.default_rng(seed)
    pos = rng.uniform(2, size - 3, (n, 2))
    r, c = np.mgrid[:size, :size]
    d = (r[None] - pos[:, 0, None, None]) ** 2 + (c[None] - pos[:, 1, None, None]) ** 2
    img = np.exp(-d / 3.5) + rng.normal(0, 0.08, (n, size, size))
    return img[..., None].astype("float32"), (pos / (size - 1)).astype("float32")


def _case(seed, units):
    keras.utils.set_random_seed(seed)
    x, y = _images(seed)
    model = keras.Sequential([
        keras.Input((16, 16, 1)),
        layers.Conv2D(8, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(48, activation="relu"),
        layers.Dense(units),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 1)


def fixed(seed=0):
    return _case(seed, 2)


def good(history, model, x, y):
    return bool(history.history["val_mae"][-1] < 0.06)
