import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic (rare class, accuracy as the only figure)"
TITLE = "Bearing alarm with 96 % accuracy from the first epoch that hardly ever rings"
TRUTH = {"class-imbalance"}
ALSO = {"metric-mismatch", "epochs-too-few"}
TASK = "binary"
LENGTH = 48


def _vibration(rng, n, share):
    worn = rng.random(n) < share
    x = rng.normal(0, 1, (n, LENGTH))
    t = np.arange(LENGTH)
    phase = rng.integers(0, 8, n)
    impulses = np.exp(-((t[None] + phase[:, None]) % 8) / 1.0)
    x += impulses * np.where(worn, rng.gamma(6, 0.25, n), 0)[:, None]
    return x[..., None].astype("float32"), worn.astype("float32")


def _conv():
    inp = keras.Input((LENGTH, 1))
    h = layers.Conv1D(16, 9, activation="relu")(inp)
    h = layers.Conv1D(16, 9, activation="relu")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _run(seed, class_weight):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = _vibration(rng, 3000, 0.04)
    x_val, y_val = _vibration(rng, 1000, 0.04)
    train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=seed).batch(64)
    val = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(256)
    return dict(model=_conv(), x=train, y=None,
                fit=dict(epochs=15, validation_data=val, class_weight=class_weight))


def build(seed=0):
    return _run(seed, None)


def fixed(seed=0):
    return _run(seed, {0: 0.52, 1: 12.5})


def good(history, model, x, y):
    x, y = _vibration(np.random.default_rng(4321), 2000, 0.5)
    alarm = model.predict(x, verbose=0).ravel() > 0.5
    return bool((np.mean(alarm[y == 1]) + np.mean(~alarm[y == 0])) / 2 > 0.78)
