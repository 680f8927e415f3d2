import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_wine

SOURCE = "synthetic; pattern: bundled table sorted by class with validation_split (many SO posts on iris and wine)"
TITLE = "Wine cultivars: training accuracy 0.85, validation accuracy below 0.1"
TRUTH = {"unshuffled-data", "input-not-scaled"}
ALSO = {"epochs-too-few", "distribution-shift", "too-little-data"}
TASK = "classification"


def _case(seed, ordered, raw):
    keras.utils.set_random_seed(seed)
    x, y = load_wine(return_X_y=True)
    if not ordered:
        i = np.random.default_rng(seed).permutation(len(y))
        x, y = x[i], y[i]
    if not raw:
        k = int(0.8 * len(x))
        x = (x - x[:k].mean(0)) / x[:k].std(0)
    model = keras.Sequential([
        keras.Input((13,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x.astype("float32"), y=keras.utils.to_categorical(y, 3),
                fit=dict(epochs=25, batch_size=8, validation_split=0.3))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    return bool(history.history["accuracy"][-1] > 0.9 and history.history["val_accuracy"][-1] > 0.85)
