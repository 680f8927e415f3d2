import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: -9999 for 'not measured' left in the table"
TITLE = "Lab values: the loss swings by orders of magnitude, never a usable fit"
TRUTH = {"outliers"}
ALSO = {"input-not-scaled", "preprocessing-mismatch"}
TASK = "regression"


def _case(seed, marker):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 1600
    x = rng.normal(0, 1, (n, 8))
    y = x[:, 0] - 0.8 * x[:, 1] + 0.7 * x[:, 2] * x[:, 3] + 0.5 * np.abs(x[:, 4]) + rng.normal(0, 0.1, n)
    y = (y - y.mean()) / y.std()
    for col in (1, 5, 6):
        x[rng.choice(n, n // 25, replace=False), col] = -9999.0 if marker else 0.0
    model = keras.Sequential([
        keras.Input((8,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
    return dict(model=model, x=x.astype("float32"), y=y.astype("float32"), fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.25)
