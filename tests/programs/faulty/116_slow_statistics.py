import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: BatchNormalization with a momentum meant for very long runs"
TITLE = "CNN with BatchNormalization: training accuracy 0.98, validation accuracy 0.1 to 0.3"
TRUTH = {"batchnorm"}
ALSO = {"epochs-too-few", "distribution-shift", "input-not-scaled", "batch-size"}
TASK = "classification"


def _data(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    return np.round(d.images[i] * (255 / 16))[..., None].astype("float32") / 255.0, d.target[i]


def _net(momentum):
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for width in (16, 32, 32):
        model.add(layers.Conv2D(width, 3, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=momentum))
        model.add(layers.ReLU())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(0.9999), x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(0.9), x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
