import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: all kernels set to zero 'for reproducible results'"
TITLE = "Churn model of my own class: loss 0.693 in every epoch"
TRUTH = {"weight-init"}
ALSO = {"vanishing-gradient"}
TASK = "binary classification"


class Churn(keras.Model):
    def __init__(self, init):
        super().__init__()
        self.first = layers.Dense(32, activation="tanh", kernel_initializer=init)
        self.second = layers.Dense(16, activation="tanh", kernel_initializer=init)
        self.head = layers.Dense(1, activation="sigmoid", kernel_initializer=init)

    def call(self, x):
        return self.head(self.second(self.first(x)))


def _case(seed, init):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1600, 7)).astype("float32")
    y = (x[:, 0] - x[:, 1] + x[:, 2] * x[:, 3] > 0).astype("float32")[:, None]
    model = Churn(init)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, "zeros")


def fixed(seed=0):
    return _case(seed, "glorot_uniform")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
