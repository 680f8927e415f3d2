import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SOURCE = "synthetic (train and test swapped in the unpacking of a split)"
TITLE = "Digits of a gas meter: training accuracy 1.0, validation stuck at 0.83"
TRUTH = {"too-little-data"}
ALSO = {"capacity-too-large", "epochs-too-many", "regularization"}
TASK = "classification"


def _cnn():
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def _split(seed):
    digits = load_digits()
    x = (digits.images / 16)[..., None].astype("float32")
    y = keras.utils.to_categorical(digits.target, 10)
    return train_test_split(x, y, test_size=0.025, random_state=seed)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x_test, x_train, y_test, y_train = _split(seed)
    return dict(model=_cnn(), x=x_train, y=y_train, fit=dict(epochs=30, batch_size=16, validation_data=(x_test, y_test)))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x_train, x_test, y_train, y_test = _split(seed)
    return dict(model=_cnn(), x=x_train, y=y_train, fit=dict(epochs=8, batch_size=16, validation_data=(x_test, y_test)))


def good(history, model, x, y):
    return bool(np.mean(history.history["val_accuracy"][-3:]) > 0.92)
