import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (residual blocks copied without their normalisation)"
TITLE = "Residual network for bridge strain: loss nan before the first epoch is over"
TRUTH = {"exploding-gradient"}
ALSO = {"weight-init", "learning-rate-too-high", "batchnorm"}
TASK = "regression"


def _bridge(seed, n=1200):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 9))
    load, wind, heat = x[:, 0], x[:, 1], x[:, 2]
    y = load * (1 + 0.4 * np.tanh(wind)) + 0.6 * np.abs(heat) + 0.4 * x[:, 3] * x[:, 4] + rng.normal(0, 0.1, n)
    return x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def _tower(normalise, blocks=12, width=48):
    inp = keras.Input((9,))
    h = layers.Dense(width)(inp)
    for _ in range(blocks):
        g = layers.LayerNormalization()(h) if normalise else h
        g = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(g)
        g = layers.Dense(width, kernel_initializer="he_normal")(g)
        h = layers.Add()([h, g])
    if normalise:
        h = layers.LayerNormalization()(h)
    model = keras.Model(inp, layers.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.SGD(0.005, momentum=0.9), loss="mse")
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _bridge(seed)
    return dict(model=_tower(normalise=False), x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _bridge(seed)
    return dict(model=_tower(normalise=True), x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.3)
