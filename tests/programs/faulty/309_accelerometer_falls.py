import keras
import numpy as np
from keras.layers import Activation, BatchNormalization, Conv1D, Dense, Dropout, GlobalMaxPooling1D, LeakyReLU

SOURCE = "SO 45378493"
TITLE = "Fall detector over three axes: confusion matrix has a single column, all windows are falls"
TRUTH = {"output-activation"}
ALSO = {"output-units", "loss-mismatch", "dropout", "batchnorm", "vanishing-gradient"}
TASK = "binary classification"

T = 36


def windows(n, rng):
    x = rng.normal(0, 0.7, (n, T, 3))
    y = (rng.random(n) < 0.58).astype(int)
    for i in np.flatnonzero(y):
        a = rng.integers(4, T - 8)
        x[i, a:a + 5, 2] += np.array([1.5, 3.0, -3.0, -1.8, 0.6]) * rng.uniform(0.8, 1.3)
    return x.astype("float32"), y


def endless(seed, bs=64):
    x, y = windows(1536, np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 1)
    while True:
        for k in np.split(rng.permutation(len(x)), len(x) // bs):
            yield x[k], y[k]


def net(last):
    m = keras.Sequential([keras.Input((T, 3))])
    for f in (16, 8):
        m.add(Conv1D(f, 4, padding="same"))
        m.add(BatchNormalization())
        m.add(LeakyReLU())
        m.add(Dropout(0.2))
    m.add(GlobalMaxPooling1D())
    m.add(Dense(32))
    m.add(LeakyReLU())
    m.add(Dense(1))
    m.add(Activation(last))
    m.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return m


def _make(seed, last):
    keras.utils.set_random_seed(seed)
    val = windows(400, np.random.default_rng(seed + 77))
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.9, patience=30, min_lr=1e-6)
    return dict(model=net(last), x=endless(seed), y=None,
                fit=dict(steps_per_epoch=24, epochs=10, validation_data=val, callbacks=[plateau]))


def build(seed=0):
    return _make(seed, "softmax")


def fixed(seed=0):
    return _make(seed, "sigmoid")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
