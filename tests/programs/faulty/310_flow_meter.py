import keras
import numpy as np
from keras import layers

SOURCE = "SO 53119432"
TITLE = "Conv1D on sensor windows, one number per window wanted: predict() has a strange shape, R2 below 0.3"
TRUTH = {"input-shape"}
ALSO = {"output-units", "capacity-too-small", "loss-mismatch", "epochs-too-few"}
TASK = "regression"


def make_windows(seed, n=1500, length=40):
    rng = np.random.default_rng(seed)
    early, late = rng.normal(0, 1, (2, n))
    x = rng.normal(0, 0.3, (n, length, 2))
    x[:, 3:7, 0] += early[:, None]
    x[:, -8:-4, 1] += late[:, None]
    y = 1.3 * early * late + 0.8 * late + rng.normal(0, 0.05, n)
    return x.astype("float32"), (y / y.std()).astype("float32")


def conv_net(flatten):
    m = keras.Sequential(name="flow")
    m.add(keras.Input((40, 2)))
    m.add(layers.Conv1D(24, 5, activation="relu"))
    m.add(layers.AveragePooling1D(2))
    m.add(layers.Conv1D(24, 3, activation="relu"))
    if flatten:
        m.add(layers.Flatten())
    m.add(layers.Dense(48, activation="relu"))
    m.add(layers.Dense(1))
    m.compile(keras.optimizers.Nadam(0.002), "mse", metrics=["mae"])
    return m


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = make_windows(seed)
    return dict(model=conv_net(False), x=x, y=y[:, None], fit=dict(epochs=15, batch_size=50, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = make_windows(seed)
    return dict(model=conv_net(True), x=x, y=y[:, None], fit=dict(epochs=15, batch_size=50, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.3)
