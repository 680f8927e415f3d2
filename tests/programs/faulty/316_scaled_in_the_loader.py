import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: /255 in the tf.data map and again a Rescaling layer in the model"
TITLE = "CNN that worked in the notebook before we moved to tf.data, now 2.30 for ever"
TRUTH = {"preprocessing-mismatch"}
ALSO = {"input-not-scaled", "learning-rate-too-low", "epochs-too-few", "vanishing-gradient", "optimizer"}
TASK = "classification"

AUTO = tf.data.AUTOTUNE


def pipeline(seed, rescale):
    d = load_digits()
    p = np.random.default_rng(seed).permutation(len(d.target))
    pics, labels = (d.images[p] * 255 / 16).astype("uint8")[..., None], d.target[p]

    def prep(im, lab):
        im = tf.image.resize(im, (12, 12))
        return (im / 255.0 if rescale else im), lab

    train = tf.data.Dataset.from_tensor_slices((pics[:1400], labels[:1400]))
    val = tf.data.Dataset.from_tensor_slices((pics[1400:], labels[1400:]))
    train = train.map(prep, num_parallel_calls=AUTO).cache().shuffle(1400, seed=seed).batch(32).prefetch(AUTO)
    return train, val.map(prep).batch(128)


def cnn():
    return keras.Sequential([
        keras.Input((12, 12, 1)),
        layers.Rescaling(1.0 / 255),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ])


def _make(seed, rescale):
    keras.utils.set_random_seed(seed)
    train, val = pipeline(seed, rescale)
    m = cnn()
    m.compile(keras.optimizers.SGD(0.05, momentum=0.8), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=m, x=train, y=None, fit=dict(epochs=8, validation_data=val))


def build(seed=0):
    return _make(seed, True)


def fixed(seed=0):
    return _make(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
