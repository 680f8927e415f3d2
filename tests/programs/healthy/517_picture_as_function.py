import keras
import numpy as np
from keras import layers, ops

SOURCE = "style of the SIREN paper's image-fitting demo"
TITLE = "An image learned as a function of the pixel's place, every hidden layer is a sine"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    a = np.linspace(-1, 1, 56)
    u, v = np.meshgrid(a, a)
    ring = np.exp(-((np.hypot(u - rng.uniform(-0.3, 0.3), v) - 0.5) ** 2) / 0.01)
    image = np.stack([np.sin(9 * u + 4 * v), ring * 2 - 1, np.cos(6 * u * v + rng.uniform(0, 3))], axis=-1)
    x = np.stack([u, v], axis=-1).reshape(-1, 2).astype("float32")
    y = image.reshape(-1, 3).astype("float32")

    def uniform(limit):
        return keras.initializers.RandomUniform(-limit, limit)

    hidden = np.sqrt(6 / 64)
    model = keras.Sequential([
        keras.Input((2,)),
        layers.Dense(64, activation=ops.sin, kernel_initializer=uniform(7.0), bias_initializer=uniform(3.0)),
        layers.Dense(64, activation=ops.sin, kernel_initializer=uniform(hidden)),
        layers.Dense(64, activation=ops.sin, kernel_initializer=uniform(hidden)),
        layers.Dense(3),
    ])
    model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.003, 1300)), loss="mse")
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=64))


def good(history, model, x, y):
    return bool(((model.predict(x, batch_size=1024, verbose=0) - y) ** 2).mean() < 0.01)
