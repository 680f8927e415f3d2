import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "course notebook; old-school tanh network with plain SGD"
TITLE = "Digits with SGD(0.5) and tanh: is a step of one half allowed?"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), keras.utils.to_categorical(y[i], 10)
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(40, activation="tanh"),
        layers.Dense(10, activation="softmax", kernel_initializer="zeros"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=64, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.92)
