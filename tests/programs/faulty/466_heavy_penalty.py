import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: L2 factor copied from another framework (regularisation mutants of DeepCrime)"
TITLE = "CNN in a tf.data pipeline: loss falls from forty to 2.3 and stops, accuracy near 0.1"
TRUTH = {"regularization"}
ALSO = {"vanishing-gradient"}
TASK = "image classification"


def _streams(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x, y = (d.images[i] / 16.0).astype("float32")[..., None], d.target[i].astype("int32")
    mk = tf.data.Dataset.from_tensor_slices
    train = mk((x[:1440], y[:1440])).shuffle(1440, seed=seed).batch(32).prefetch(2)
    return train, mk((x[1440:], y[1440:])).batch(120)


def _case(seed, factor):
    keras.utils.set_random_seed(seed)
    train, val = _streams(seed)
    reg = keras.regularizers.L2(factor)
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu", kernel_regularizer=reg),
        layers.Conv2D(32, 3, activation="relu", kernel_regularizer=reg),
        layers.Flatten(),
        layers.Dense(32, activation="relu", kernel_regularizer=reg),
        layers.Dense(10, activation="softmax", kernel_regularizer=reg),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=12, validation_data=val))


def build(seed=0):
    return _case(seed, 0.5)


def fixed(seed=0):
    return _case(seed, 0.0005)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
