import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "forum; pattern: comparing optimizers 'fairly' by setting the weights by hand"
TITLE = "Comparing optimizers on digits from one common starting point: all stop at 20-40 percent"
TRUTH = {"weight-init"}
ALSO = {"capacity-too-small"}
TASK = "classification"


def _case(seed, common_start):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), y[i].astype("int32")
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    if common_start:
        model.set_weights([np.full_like(w, 0.02) if w.ndim == 2 else np.zeros_like(w) for w in model.get_weights()])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
