import keras
import numpy as np
from keras import layers

SOURCE = "SO; pattern: ExponentialDecay meant to act once per epoch"
TITLE = "Next value of a noisy wave with a GRU: improves in epoch 1, afterwards not one digit changes"
TRUTH = {"learning-rate-too-low"}
ALSO = {"epochs-too-few", "optimizer"}
TASK = "regression"


def _waves(seed, n=1200, t=24):
    rng = np.random.default_rng(seed)
    f, ph, a = rng.uniform(0.04, 0.12, n), rng.uniform(0, 2 * np.pi, n), rng.uniform(0.6, 1.4, n)
    w = a[:, None] * np.sin(2 * np.pi * f[:, None] * np.arange(t + 1)[None] + ph[:, None])
    w = w + rng.normal(0, 0.05, w.shape)
    return w[:, :-1, None].astype("float32"), w[:, -1:].astype("float32")


def _case(seed, every):
    keras.utils.set_random_seed(seed)
    x, y = _waves(seed)
    model = keras.Sequential([keras.Input((24, 1)), layers.GRU(16), layers.Dense(1)])
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=every, decay_rate=0.8, staircase=True)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 1)


def fixed(seed=0):
    return _case(seed, 30)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.12 * np.var(y))
