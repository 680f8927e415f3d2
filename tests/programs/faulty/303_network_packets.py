import keras
import numpy as np
import tensorflow as tf
from keras.layers import Activation, Dense

SOURCE = "SO 44066044"
TITLE = "Attack or not from eleven packet fields: loss of 5 to 8, accuracy no better than guessing"
TRUTH = {"input-not-scaled", "output-activation"}
ALSO = {"dead-relu", "weight-init", "outliers", "epochs-too-few", "learning-rate-too-low"}
TASK = "binary classification"


def packets(seed, n=2400):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (n, 11))
    y = (z[:, 0] + 0.8 * z[:, 1] * z[:, 2] - 0.7 * z[:, 4] + 0.6 * z[:, 9] > 0).astype("float32")
    port, size, ttl = 32000 + 9000 * z[:, [0]], 700 + 210 * z[:, [1, 2]], 64 + 12 * z[:, [3, 4]]
    stamp, ack = 5e5 + 1.2e5 * z[:, [5, 6]], 20000 + 6000 * z[:, [7]]
    flags = 3 + 0.9 * z[:, 8:]
    return np.hstack([port, size, ttl, stamp, ack, flags]).astype("float32"), y


def _make(seed, scale, last):
    tf.keras.utils.set_random_seed(seed)
    X, Y = packets(seed)
    if scale:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = keras.Sequential([keras.Input(shape=(11,))])
    model.add(Dense(24, kernel_initializer="normal"))
    model.add(Activation("relu"))
    model.add(Dense(12, kernel_initializer="normal"))
    model.add(Activation("relu"))
    model.add(Dense(1, kernel_initializer="normal"))
    model.add(Activation(last))
    model.compile(loss="binary_crossentropy", optimizer="Adam", metrics=["accuracy"])
    ds = tf.data.Dataset.from_tensor_slices((X[:2000], Y[:2000, None])).shuffle(2000, seed=4).batch(10).prefetch(2)
    val = tf.data.Dataset.from_tensor_slices((X[2000:], Y[2000:, None])).batch(100)
    return dict(model=model, x=ds, y=None, fit=dict(epochs=14, validation_data=val))


def build(seed=0):
    return _make(seed, False, "relu")


def fixed(seed=0):
    return _make(seed, True, "sigmoid")


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.9 and h["val_loss"][-1] < 0.2)
