import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: zeros as initial weights; siamese net"
TITLE = "Same digit or not: both branches give the same vector for every image, the loss is 0.693"
TRUTH = {"weight-init"}
ALSO = {"dead-relu", "vanishing-gradient", "learning-rate-too-low", "output-activation", "hidden-activation"}
TASK = "binary classification"


def _pairs(seed, n=3000):
    rng = np.random.default_rng(seed)
    d = load_digits()
    images = (d.data / 16).astype("float32")
    rows = [np.flatnonzero(d.target == c) for c in range(10)]
    y = rng.integers(0, 2, n)
    a = rng.integers(0, 10, n)
    b = np.where(y == 1, a, (a + rng.integers(1, 10, n)) % 10)
    pick = [np.array([rng.choice(rows[c]) for c in side]) for side in (a, b)]
    return {"left": images[pick[0]], "right": images[pick[1]]}, y.astype("float32")


def _net(init):
    branch = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(48, activation="relu", kernel_initializer=init),
        layers.Dense(24, kernel_initializer=init),
    ], name="branch")
    left, right = keras.Input((64,), name="left"), keras.Input((64,), name="right")
    gap = ops.abs(branch(left) - branch(right))
    out = layers.Dense(1, activation="sigmoid", kernel_initializer=init)(gap)
    model = keras.Model({"left": left, "right": right}, out)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _pairs(seed)
    return dict(model=_net("zeros"), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _pairs(seed)
    return dict(model=_net("glorot_uniform"), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
