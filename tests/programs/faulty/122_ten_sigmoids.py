import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 39217567 family; ten hidden layers"
TITLE = "Deep digits net with sigmoid layers: 2.30 in every epoch, with one hidden layer it works"
TRUTH = {"vanishing-gradient", "hidden-activation"}
ALSO = {"weight-init", "learning-rate-too-low", "epochs-too-few", "optimizer", "capacity-too-large"}
TASK = "classification"


def _data(seed):
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x = x[i] / 16
    return (x - x.mean()).astype("float32"), y[i]


def _net(act):
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(10):
        model.add(layers.Dense(40))
        model.add(layers.Activation(act))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net("sigmoid"), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net("relu"), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
