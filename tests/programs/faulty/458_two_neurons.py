import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 59278771 (tiny net, wrong optimizer settings; own data)"
TITLE = "Ten digits, plain SGD, small net: accuracy about 0.1 after all epochs"
TRUTH = {"capacity-too-small", "learning-rate-too-low"}
ALSO = {"epochs-too-few", "optimizer"}
TASK = "classification"


def _case(seed, tiny, slow):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), keras.utils.to_categorical(y[i], 10)
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(2 if tiny else 48, activation="tanh"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.0005 if slow else 0.2), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
