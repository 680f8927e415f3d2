import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (small calibration, all rows in one batch)"
TITLE = "Thermocouple calibration from forty points, one batch per epoch"
TASK = "regression"


def _points(seed, n):
    rng = np.random.default_rng(seed)
    millivolt = np.linspace(-3, 3, n) + rng.normal(0, 0.02, n)
    celsius = 0.9 * millivolt + 0.12 * millivolt ** 2 - 0.03 * millivolt ** 3
    return millivolt[:, None].astype("float32"), (celsius + rng.normal(0, 0.02, n)).astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _points(seed, 40)
    model = keras.Sequential([keras.Input((1,)), layers.Dense(12, activation="tanh"), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
    return dict(model=model, x=x, y=y, fit=dict(epochs=100, batch_size=40, validation_data=_points(seed + 50, 25)))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.01)
