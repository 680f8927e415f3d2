import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: a net of hundreds of thousands of weights on 195 rows"
TITLE = "Sensor calibration, 195 rows: a big net fits every row and is far off on new ones"
TRUTH = {"capacity-too-large"}
ALSO = {"epochs-too-many", "too-little-data", "regularization", "dropout", "label-noise", "learning-rate-too-high"}
TASK = "regression"


def _data(seed, n=260):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 40))
    y = x[:, 0] + 0.7 * x[:, 1] - 0.5 * x[:, 2] + 0.4 * np.tanh(x[:, 3]) + rng.normal(0, 1.4, n)
    return x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def _net(widths):
    model = keras.Sequential([keras.Input((40,))])
    for w in widths:
        model.add(layers.Dense(w, activation="relu"))
    model.add(layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="mse", metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net((512, 512)), x=x, y=y, fit=dict(epochs=25, batch_size=16, validation_split=0.25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(()), x=x, y=y, fit=dict(epochs=25, batch_size=16, validation_split=0.25))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_loss"][-1] < 0.9 and h["val_loss"][-1] < 2.5 * h["loss"][-1])
