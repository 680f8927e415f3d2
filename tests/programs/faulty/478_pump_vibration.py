import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: BatchNormalization momentum close to one, moving averages never arrive"
TITLE = "Pump faults: training accuracy 0.99, validation far below, different in every run"
TRUTH = {"batchnorm"}
ALSO = {"input-not-scaled"}
TASK = "classification"


def _case(seed, momentum):
    keras.utils.set_random_seed(seed)
    centre = np.random.default_rng(8).normal(0, 1.3, (4, 10))
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 1500)
    x = centre[y] + rng.normal(0, 1, (1500, 10)) + np.linspace(2, 5, 10)
    model = keras.Sequential([keras.Input((10,))])
    for w in (48, 32):
        model.add(layers.Dense(w))
        model.add(layers.BatchNormalization(momentum=momentum))
        model.add(layers.Activation("relu"))
    model.add(layers.Dense(4, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x = x.astype("float32")
    mk = tf.data.Dataset.from_tensor_slices
    train = mk((x[:1200], y[:1200])).shuffle(1200, seed=seed).batch(32)
    return dict(model=model, x=train, y=None, fit=dict(epochs=8, validation_data=mk((x[1200:], y[1200:])).batch(100)))


def build(seed=0):
    return _case(seed, 0.9999)


def fixed(seed=0):
    return _case(seed, 0.9)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
