import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "StackOverflow, model ported from PyTorch"
TITLE = "Rewrote my PyTorch net as keras.Model, same layers, but accuracy stays near chance"
TRUTH = {"from-logits"}
ALSO = {"output-activation", "loss-mismatch"}
TASK = "classification"


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.fc1 = layers.Dense(64, activation="relu")
        self.fc2 = layers.Dense(32, activation="relu")
        self.fc3 = layers.Dense(10)

    def call(self, x):
        return self.fc3(self.fc2(self.fc1(x)))


def _case(seed, logits):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), y[i].astype("int32")
    model = Net()
    model.compile(optimizer=keras.optimizers.Adam(0.002),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=logits), metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88 and history.history["val_loss"][-1] < 0.5)
