import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: LSTM(activation='relu') on long sequences (many posts on nan losses)"
TITLE = "Long sensor recordings with an LSTM: the loss jumps to huge numbers in some epochs"
TRUTH = {"exploding-gradient", "hidden-activation"}
ALSO = {"learning-rate-too-high"}
TASK = "sequence regression"


def _data(seed, n=600, steps=80):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, steps, 2))
    level = rng.normal(0, 1, (n, 1))
    x[:, :, 0] += level
    y = level[:, 0] + 0.5 * x[:, -10:, 1].mean(1) * 3
    return x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")[:, None]


def _case(seed, act):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    model = keras.Sequential([
        keras.Input((80, 2)),
        layers.LSTM(32, activation=act, return_sequences=True),
        layers.LSTM(16, activation=act),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    return dict(model=model, x=x, y=y, fit=dict(epochs=6, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, "relu")


def fixed(seed=0):
    return _case(seed, "tanh")


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.25 and history.history["loss"][-1] < 0.4)
