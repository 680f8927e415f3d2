import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: BatchNormalization momentum far too near to 1 for a short run"
TITLE = "Rolling-mill vibration: training accuracy 0.99, the same rows evaluate far lower"
TRUTH = {"batchnorm"}
ALSO = {"epochs-too-few", "distribution-shift", "input-not-scaled", "capacity-too-large", "epochs-too-many"}
TASK = "classification"


def vibration(seed, n=1600):
    rng = np.random.default_rng(seed)
    centre = np.random.default_rng(8).normal(0, 1, (5, 18))
    y = rng.integers(0, 5, n)
    x = 6.0 + 2.5 * (centre[y] + rng.normal(0, 0.9, (n, 18)))
    return x.astype("float32"), y


def block(h, units, momentum):
    h = layers.Dense(units, use_bias=False)(h)
    h = layers.BatchNormalization(momentum=momentum)(h)
    return layers.ReLU()(h)


def make_model(momentum):
    i = keras.Input((18,), name="bands")
    h = layers.BatchNormalization(momentum=momentum)(i)
    for units in (48, 48, 24):
        h = block(h, units, momentum)
    m = keras.Model(i, layers.Dense(5, activation="softmax")(h))
    m.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return m


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = vibration(seed)
    return dict(model=make_model(0.9995), x=x, y=y, fit=dict(epochs=6, batch_size=64, validation_split=0.25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = vibration(seed)
    return dict(model=make_model(0.9), x=x, y=y, fit=dict(epochs=6, batch_size=64, validation_split=0.25))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
