import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (integer division of uint8 pixels, a notebook classic)"
TITLE = "Weave classifier for fabric patches: accuracy 0.25 with four classes, whatever the network"
TRUTH = {"constant-feature"}
ALSO = {"preprocessing-mismatch", "dead-relu"}
TASK = "classification"


def _patches(seed, n=900, size=16):
    rng = np.random.default_rng(seed)
    weave = rng.integers(0, 4, n)
    r, c = np.mgrid[:size, :size]
    angle = np.array([0, np.pi / 4, np.pi / 2, 3 * np.pi / 4])[weave][:, None, None] + rng.normal(0, 0.12, (n, 1, 1))
    period = rng.uniform(3.5, 5.5, (n, 1, 1))
    thread = np.sin(2 * np.pi * (r * np.cos(angle) + c * np.sin(angle)) / period + rng.uniform(0, 6, (n, 1, 1)))
    image = 120 + 45 * thread + rng.normal(0, 18, (n, size, size))
    return np.clip(image, 0, 254).astype("uint8"), weave


def _cnn():
    model = keras.Sequential([
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(24, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    images, weave = _patches(seed)
    x = images[..., None] // 255
    return dict(model=_cnn(), x=x, y=weave, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    images, weave = _patches(seed)
    x = images[..., None] / 255
    return dict(model=_cnn(), x=x, y=weave, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
