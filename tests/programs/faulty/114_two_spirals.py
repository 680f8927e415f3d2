import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: two spirals with two units a layer"
TITLE = "Two spirals: a net with two units a layer stays below 0.7, longer training does not help"
TRUTH = {"capacity-too-small"}
ALSO = {"hidden-activation", "epochs-too-few", "learning-rate-too-low"}
TASK = "binary classification"


def _spirals(seed, n=2000):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    r = np.sqrt(rng.random(n))
    a = 2.6 * np.pi * r + np.pi * y
    x = 2 * np.stack([r * np.cos(a), r * np.sin(a)], 1) + rng.normal(0, 0.04, (n, 2))
    return x.astype("float32"), y


def _net(width):
    model = keras.Sequential([
        keras.Input((2,)),
        layers.Dense(width, activation="relu"),
        layers.Dense(width, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _spirals(seed)
    return dict(model=_net(2), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _spirals(seed)
    return dict(model=_net(96), x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.93)
