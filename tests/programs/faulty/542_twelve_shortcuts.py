import keras
import numpy as np
from keras import layers

SOURCE = "forum; pattern: residual tower for a table, shortcut added but normalisation left out"
TITLE = "Twelve residual blocks on a small table: the loss is huge or nan after the first batches"
TRUTH = {"exploding-gradient"}
ALSO = {"weight-init", "learning-rate-too-high", "optimizer", "batchnorm", "capacity-too-large"}
TASK = "regression"


def _table(seed, n=1200):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 6)).astype("float32")
    y = np.sin(x[:, 0]) + 0.6 * x[:, 1] * (x[:, 2] > 0) - 0.5 * x[:, 3] + rng.normal(0, 0.1, n)
    return x, y.astype("float32")[:, None]


def _case(seed, norm):
    keras.utils.set_random_seed(seed)
    x, y = _table(seed)
    inp = keras.Input((6,))
    h = layers.Dense(24)(inp)
    for _ in range(12):
        r = layers.LayerNormalization()(h) if norm else h
        r = layers.Dense(24, activation="relu", kernel_initializer="he_normal")(r)
        h = layers.Add()([h, r])
    if norm:
        h = layers.LayerNormalization()(h)
    model = keras.Model(inp, layers.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.35 * np.var(y))
