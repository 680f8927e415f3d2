import random

import keras
import numpy as np
from keras.layers import Dense

SOURCE = "SO 39217567"
TITLE = "The net should return the eight bits it is given, error stays at 0.25"
TRUTH = {"misaligned-labels", "learning-rate-too-low"}
ALSO = {"hidden-activation", "vanishing-gradient", "optimizer", "loss-mismatch", "epochs-too-few", "batch-size", "weight-init",
        "too-little-data", "label-noise"}
TASK = "multi-label classification"

dim = 8


def _run(seed, same_order, faster):
    keras.utils.set_random_seed(seed)
    X = [[float(c) for c in format(i, "08b")] for i in range(2 ** dim)]
    y = X[:]
    random.seed(seed)
    if same_order:
        random.shuffle(X)
        y = X[:]
    else:
        random.shuffle(y)
    X, y = np.array(X), np.array(y)

    model = keras.Sequential([keras.Input((dim,))])
    model.add(Dense(dim, activation="sigmoid"))
    model.add(Dense(dim, activation="sigmoid"))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(30.0 if faster else 0.01), metrics=["binary_accuracy"])
    return dict(model=model, x=X, y=y, fit=dict(epochs=120, batch_size=50))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    return bool(((model.predict(x, verbose=0) > 0.5) == (y > 0.5)).mean() > 0.9)
