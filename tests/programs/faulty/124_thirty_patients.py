import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: more columns than rows"
TITLE = "Blood markers of thirty patients: perfect on them, the other patients at 0.6"
TRUTH = {"too-little-data"}
ALSO = {"capacity-too-large", "epochs-too-many", "regularization", "dropout", "label-noise", "distribution-shift"}
TASK = "binary classification"


def _patients(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 40)).astype("float32")
    y = (x[:, :8].sum(1) + rng.normal(0, 0.6, n) > 0).astype("float32")
    return x, y


def _net():
    model = keras.Sequential([
        keras.Input((40,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _run(seed, n):
    x, y = _patients(seed, n)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=12, batch_size=8, validation_data=_patients(seed + 500, 400)))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, 30)


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, 1200)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.82)
