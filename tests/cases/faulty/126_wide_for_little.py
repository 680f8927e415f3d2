import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: a net of millions of weights on three hundred rows"
TITLE = "Sensor calibration, 300 rows: a big net fits every row and is far off on new ones"
TRUTH = {"capacity-too-large"}
ALSO = {"epochs-too-many", "too-little-data", "regularization", "dropout", "label-noise", "learning-rate-too-high"}
TASK = "regression"


def _data(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 20))
    y = x[:, 0] + 0.7 * x[:, 1] - 0.5 * x[:, 2] + 0.4 * np.tanh(x[:, 3]) + rng.normal(0, 0.7, n)
    return x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def _net(widths):
    model = keras.Sequential([keras.Input((20,))])
    for w in widths:
        model.add(layers.Dense(w, activation="relu"))
    model.add(layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="mse", metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net((1024, 1024, 512)), x=x, y=y, fit=dict(epochs=40, batch_size=16, validation_split=0.25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net((4,)), x=x, y=y, fit=dict(epochs=40, batch_size=16, validation_split=0.25))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_loss"][-1] < 0.5 and h["val_loss"][-1] < 1.8 * h["loss"][-1])
