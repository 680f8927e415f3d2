import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 55328966 (digits in place of MNIST)"
TITLE = "Number recognition: loss is nan or 2.3 and accuracy 0.1 from the first epoch on"
TRUTH = {"input-not-scaled"}
ALSO = {"output-activation", "optimizer", "learning-rate-too-high", "dead-relu", "exploding-gradient"}
TASK = "classification"


def load(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.images))
    img = (d.images[i] * 15.9375).astype("uint8")      # 0..255 like the png files
    return (img[:1500], d.target[i][:1500]), (img[1500:], d.target[i][1500:])


def get_model():
    model = keras.models.Sequential()
    model.add(keras.Input((8, 8)))
    model.add(layers.Flatten())
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dense(10, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    (xt, yt), val = load(seed)
    return dict(model=get_model(), x=xt, y=yt, fit=dict(epochs=12, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    (xt, yt), (xv, yv) = load(seed)
    return dict(model=get_model(), x=xt / 255.0, y=yt, fit=dict(epochs=12, validation_data=(xv / 255.0, yv)))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
