import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "keras#4674, keras#6405 (trainable set after compile; own net)"
TITLE = "Fine-tuning in two phases: opening the base for the second fit changes nothing at all"
TRUTH = {"not-compiled-after-change"}
ALSO = {"frozen-weights", "capacity-too-small", "learning-rate-too-low", "epochs-too-few"}
TASK = "classification"


def data(seed):
    d = load_digits()
    p = np.random.default_rng(seed).permutation(1797)
    return (d.data[p] / 16).astype("float32"), d.target[p]


def warm_up(x, y):
    base = keras.Sequential([keras.Input((64,)), layers.Dense(24, "relu"), layers.Dense(6, "relu")], name="base")
    base.trainable = False
    model = keras.Sequential([keras.Input((64,)), base, layers.Dense(10, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=32, verbose=0)      # phase 1: head only
    return base, model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = data(seed)
    base, model = warm_up(x, y)
    base.trainable = True                                     # phase 2
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = data(seed)
    base, model = warm_up(x, y)
    base.trainable = True
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.87)
