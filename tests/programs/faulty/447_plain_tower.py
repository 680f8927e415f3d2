import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (SO 46995209: too deep a plain stack)"
TITLE = "The deeper network for hearing thresholds is worse than the shallow one: it gives everybody the average"
TRUTH = {"vanishing-gradient"}
ALSO = {"weight-init", "hidden-activation", "capacity-too-large"}
TASK = "regression"


def _people(seed, n=1400):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 10))
    age, noise, frequency = x[:, 0], x[:, 1], x[:, 2]
    y = np.maximum(0, age) * (1 + 0.5 * frequency) + 0.7 * np.maximum(0, noise) ** 1.5 + 0.3 * np.sin(2 * frequency) + 0.2 * x[:, 3]
    y = y + rng.normal(0, 0.1, n)
    return x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def _tower(shortcut, depth=24, width=32):
    inp = keras.Input((10,))
    h = layers.Dense(width, activation="tanh")(inp)
    for _ in range(depth // 2):
        g = layers.Dense(width, activation="sigmoid")(h)
        g = layers.Dense(width)(g)
        h = layers.Add()([h, g]) if shortcut else g
    model = keras.Model(inp, layers.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _people(seed)
    return dict(model=_tower(shortcut=False), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _people(seed)
    return dict(model=_tower(shortcut=True), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.25)
