import keras
import numpy as np
from keras import layers

SOURCE = "pattern: physics lab exercise; decay_steps given in epochs"
TITLE = "Learning the angle of a damped pendulum: loss falls a little in the first epoch, then is flat"
TRUTH = {"learning-rate-too-low", "output-activation"}
ALSO = {"dead-relu", "epochs-too-few"}
TASK = "regression"


def _pendulum(seed, n=2400):
    rng = np.random.default_rng(seed)
    t, start, damping = rng.uniform(0, 2.5, n), rng.uniform(0.3, 1.2, n), rng.uniform(0.1, 0.5, n)
    angle = start * np.exp(-damping * t) * np.cos(2.6 * t) + rng.normal(0, 0.02, n)
    x = np.stack([t / 1.25 - 1, (start - 0.75) / 0.27, (damping - 0.3) / 0.12], 1)
    return x.astype("float32"), angle.astype("float32")[:, None]


def _case(seed, decay_steps, last):
    keras.utils.set_random_seed(seed)
    x, y = _pendulum(seed)
    i = keras.Input((3,))
    h = layers.Dense(48, activation="tanh")(i)
    h = layers.Dense(48, activation="tanh")(h)
    model = keras.Model(i, layers.Dense(1, activation=last)(h))
    rate = keras.optimizers.schedules.ExponentialDecay(0.005, decay_steps=decay_steps, decay_rate=0.5)
    model.compile(optimizer=keras.optimizers.RMSprop(rate), loss="mse", metrics=["mae"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 5, "relu")


def fixed(seed=0):
    return _case(seed, 5 * 60, None)


def good(history, model, x, y):
    return bool(history.history["val_mae"][-1] < 0.06)
