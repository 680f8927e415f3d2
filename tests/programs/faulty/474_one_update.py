import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 44164749 (batch of 2000; own net and data)"
TITLE = "Digits with SGD: fifteen epochs are over in a second and nothing is learnt"
TRUTH = {"batch-size"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "optimizer"}
TASK = "classification"


def _case(seed, size):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), y[i]
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=size, validation_split=0.2))


def build(seed=0):
    return _case(seed, 2000)


def fixed(seed=0):
    return _case(seed, 16)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
