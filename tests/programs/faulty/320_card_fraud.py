import keras
import numpy as np
from keras import layers, regularizers

SOURCE = "synthetic; pattern: rare class without weights, and a penalty copied from a much larger net"
TITLE = "Card fraud: 96 percent accuracy and not a single fraud found"
TRUTH = {"class-imbalance", "regularization"}
ALSO = {"metric-mismatch", "epochs-too-few", "capacity-too-small", "learning-rate-too-low"}
TASK = "binary classification"


def transactions(seed, n=4000):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.04).astype("int32")
    x = rng.normal(0, 1, (n, 14))
    bump = np.zeros(14)
    bump[[1, 4, 7, 12]] = 0.85
    x += y[:, None] * bump
    return x.astype("float32"), y


def detector(l2):
    m = keras.Sequential(name="detector")
    m.add(keras.Input((14,)))
    for units in (32, 16):
        m.add(layers.Dense(units, activation="relu", kernel_regularizer=regularizers.L2(l2)))
    m.add(layers.Dense(1, activation="sigmoid", kernel_regularizer=regularizers.L2(l2)))
    m.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return m


def _make(seed, l2, weights):
    keras.utils.set_random_seed(seed)
    x, y = transactions(seed)
    return dict(model=detector(l2), x=x, y=y,
                fit=dict(epochs=12, batch_size=64, validation_split=0.2, class_weight=weights))


def build(seed=0):
    return _make(seed, 0.4, None)


def fixed(seed=0):
    return _make(seed, 1e-4, {0: 1.0, 1: 24.0})


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel() > 0.5
    return bool((np.mean(p[y == 1]) + np.mean(~p[y == 0])) / 2 > 0.75)
