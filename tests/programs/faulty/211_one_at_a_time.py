import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: memory saved with batch_size=1 under BatchNormalization"
TITLE = "Small batches for lack of memory: with batches of one row the loss does not leave the start"
TRUTH = {"batch-size", "batchnorm"}
ALSO = {"learning-rate-too-high", "learning-rate-too-low", "epochs-too-few", "optimizer"}
TASK = "classification"


def _data(seed, n=700):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    m = np.random.default_rng(3).normal(0, 1.3, (3, 9))
    return (m[y] + rng.normal(0, 0.8, (n, 9))).astype("float32"), keras.utils.to_categorical(y, 3)


def _net():
    model = keras.Sequential([
        keras.Input((9,)),
        layers.Dense(32),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dense(32),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=4, batch_size=1, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=20, batch_size=16, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["accuracy"][-1] > 0.85 and history.history["val_accuracy"][-1] > 0.85)
