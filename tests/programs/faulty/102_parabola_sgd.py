import keras
import numpy as np
from keras import layers

SOURCE = "SO 48934338"
TITLE = "Noisy 5x^2 with SGD: the error grows from step to step until it is nan"
TRUTH = {"learning-rate-too-high"}
ALSO = {"exploding-gradient", "target-not-scaled", "input-not-scaled", "optimizer", "dead-relu"}
TASK = "regression"


def _data(seed, n=600):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, 1))
    y = 5 * x[:, 0] ** 2 + rng.normal(0, 0.5, n)
    return x.astype("float32"), y.astype("float32")


def _net(rate):
    model = keras.Sequential([
        keras.Input((1,)),
        layers.Dense(50, activation="relu"),
        layers.Dense(50, activation="relu"),
        layers.Dense(50, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=rate), loss="mean_squared_error")
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(0.1), x=x, y=y, fit=dict(epochs=25, batch_size=20, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(0.003), x=x, y=y, fit=dict(epochs=25, batch_size=20, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(np.isfinite(p).all() and 1 - np.mean((p - y) ** 2) / np.var(y) > 0.9)
