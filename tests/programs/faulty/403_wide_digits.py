import keras
import numpy as np
from keras.layers import Dense, Dropout
from keras.optimizers import SGD
from sklearn.datasets import load_digits

SOURCE = "SO 44164749 (digits in place of MNIST)"
TITLE = "Very wide dense net on handwritten digits, accuracy about 0.3 when the run is over"
TRUTH = {"batch-size"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "optimizer", "capacity-too-large"}
TASK = "classification"


def _digits(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(1797)
    x = d.data[i].astype("float32")
    x /= 16
    return x, keras.utils.to_categorical(d.target[i], 10)


def _model():
    model = keras.Sequential()
    model.add(keras.Input(shape=(64,)))
    model.add(Dense(900, activation="relu"))
    model.add(Dropout(0.1))
    model.add(Dense(300, activation="relu"))
    model.add(Dropout(0.1))
    model.add(Dense(10, activation="softmax"))
    sgd = SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
    model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _digits(seed)
    return dict(model=_model(), x=x, y=y, fit=dict(epochs=6, batch_size=1000, validation_split=0.15))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _digits(seed)
    return dict(model=_model(), x=x, y=y, fit=dict(epochs=6, batch_size=32, validation_split=0.15))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
