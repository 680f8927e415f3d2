import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: the old mnist_cnn example with Adadelta() under a current Keras"
TITLE = "The well-known digits CNN: twelve epochs as in the tutorial, accuracy about 0.15 instead of 0.99"
TRUTH = {"optimizer", "learning-rate-too-low"}
ALSO = {"epochs-too-few", "dropout", "batch-size"}
TASK = "classification"


def _data(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x = d.images[i].astype("float32")[..., None] / 16
    y = keras.utils.to_categorical(d.target[i], 10)
    return x[:1500], y[:1500], (x[1500:], y[1500:])


def _net(optimizer):
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(loss=keras.losses.categorical_crossentropy, optimizer=optimizer, metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data(seed)
    return dict(model=_net(keras.optimizers.Adadelta()), x=x, y=y,
                fit=dict(batch_size=128, epochs=12, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y, val = _data(seed)
    return dict(model=_net(keras.optimizers.Adam()), x=x, y=y,
                fit=dict(batch_size=128, epochs=12, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
