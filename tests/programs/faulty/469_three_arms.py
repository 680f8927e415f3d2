import keras
import numpy as np
from keras import layers

SOURCE = "SO 50079585 (with the layers' activations left out as well)"
TITLE = "Three spiral arms: accuracy about one half, the loss is negative and falls without end"
TRUTH = {"output-units", "hidden-activation"}
ALSO = {"loss-mismatch", "output-activation", "label-encoding"}
TASK = "classification"


def _data(seed, n=1800):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    r = rng.uniform(0.15, 1, n)
    a = 3.2 * r + y * 2 * np.pi / 3 + rng.normal(0, 0.12, n)
    return (2 * np.stack([r * np.cos(a), r * np.sin(a)], 1)).astype("float32"), y


def _case(seed, one_unit, linear):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    act = None if linear else "relu"
    model = keras.Sequential([
        keras.Input((2,)),
        layers.Dense(48, activation=act),
        layers.Dense(48, activation=act),
        layers.Dense(1, activation="sigmoid") if one_unit else layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), metrics=["accuracy"],
                  loss="binary_crossentropy" if one_unit else "sparse_categorical_crossentropy")
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True, True)


def fixed(seed=0):
    return _case(seed, False, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
