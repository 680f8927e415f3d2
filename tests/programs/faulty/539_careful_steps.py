import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "forum; pattern: clipping settings copied from a reinforcement learning repository"
TITLE = "Order of two events in a log window: loss goes down so slowly that a week would not be enough"
TRUTH = {"optimizer"}
ALSO = {"learning-rate-too-low", "epochs-too-few", "vanishing-gradient"}
TASK = "binary classification"


def _windows(seed, n=1600, t=16):
    rng = np.random.default_rng(seed)
    x = rng.integers(3, 12, (n, t))
    p = np.array([rng.choice(t, 2, replace=False) for _ in range(n)])
    x[np.arange(n), p[:, 0]] = 1
    x[np.arange(n), p[:, 1]] = 2
    return x.astype("int32"), (p[:, 0] < p[:, 1]).astype("float32")[:, None]


def _case(seed, **clip):
    keras.utils.set_random_seed(seed)
    x, y = _windows(seed)
    k = 1280
    train = tf.data.Dataset.from_tensor_slices((x[:k], y[:k])).shuffle(k, seed=seed).batch(32).prefetch(2)
    val = tf.data.Dataset.from_tensor_slices((x[k:], y[k:])).batch(128)
    inp = keras.Input((16,), dtype="int32")
    h = layers.Embedding(12, 8)(inp)
    h = layers.Flatten()(h)
    h = layers.Dense(64, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9, **clip), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=20, validation_data=val))


def build(seed=0):
    return _case(seed, global_clipnorm=0.001)


def fixed(seed=0):
    return _case(seed, global_clipnorm=1.0)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
