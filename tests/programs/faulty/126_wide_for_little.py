import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: hundreds of thousands of weights on three hundred rows"
TITLE = "Accepted or returned, 300 rows: a big net knows every row by heart and is far off on new ones"
TRUTH = {"capacity-too-large"}
ALSO = {"epochs-too-many", "too-little-data", "regularization", "dropout", "label-noise", "learning-rate-too-high"}
TASK = "binary classification"


def _data(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 5))
    y = x[:, 0] + 0.8 * x[:, 1] - 0.6 * x[:, 2] > 0
    y ^= rng.random(n) < 0.15  # even experts disagree on these
    return x.astype("float32"), y.astype("float32")


def _net(widths):
    model = keras.Sequential([keras.Input((5,))])
    for w in widths:
        model.add(layers.Dense(w, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net((512, 512, 256)), x=x, y=y, fit=dict(epochs=30, batch_size=16, validation_split=0.25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net((4,)), x=x, y=y, fit=dict(epochs=30, batch_size=16, validation_split=0.25))


def good(history, model, x, y):
    h = history.history
    return bool(h["val_loss"][-1] < 0.65 and h["val_accuracy"][-1] > 0.7)
