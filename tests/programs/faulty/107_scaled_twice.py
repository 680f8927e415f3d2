import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: division by 255 in the pipeline and Rescaling in the model"
TITLE = "Images from a tf.data pipeline: ten epochs and the loss has hardly left 2.3"
TRUTH = {"preprocessing-mismatch"}
ALSO = {"learning-rate-too-low", "epochs-too-few", "optimizer", "input-not-scaled", "vanishing-gradient"}
TASK = "classification"


def _pipeline(seed, convert):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x = np.round(d.images[i] * (255 / 16)).astype("uint8")[..., None]
    y = d.target[i]

    def cast(image, label):
        image = tf.cast(image, tf.float32)
        return (image / 255.0 if convert else image), label

    mk = tf.data.Dataset.from_tensor_slices
    train = mk((x[:1440], y[:1440])).map(cast).cache().shuffle(1440, seed=seed).batch(32).prefetch(2)
    return train, mk((x[1440:], y[1440:])).map(cast).batch(64)


def _net():
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Rescaling(1.0 / 255),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.03, momentum=0.9),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    train, val = _pipeline(seed, True)
    return dict(model=_net(), x=train, y=None, fit=dict(epochs=10, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    train, val = _pipeline(seed, False)
    return dict(model=_net(), x=train, y=None, fit=dict(epochs=10, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
