import keras
import numpy as np
from keras import initializers, layers

SOURCE = "synthetic; pattern: relu SimpleRNN over a long window, all weights drawn from N(0, 0.3)"
TITLE = "Energy load of the next hour from sixty past ones: huge loss, then nan"
TRUTH = {"exploding-gradient", "weight-init"}
ALSO = {"learning-rate-too-high", "hidden-activation", "optimizer", "nonfinite-input", "dead-relu", "vanishing-gradient"}
TASK = "time-series regression"


def series(seed, n=1000, win=60):
    rng = np.random.default_rng(seed)
    t = np.arange(n + win + 1)
    s = np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(2 * np.pi * t / 7 + 1) + rng.normal(0, 0.1, len(t))
    s = (s - s.mean()) / s.std()
    x = np.lib.stride_tricks.sliding_window_view(s, win)[:n]
    return x[..., None].astype("float32"), s[win:win + n].astype("float32")


def rnn(init, rec):
    model = keras.Sequential([
        keras.Input((60, 1)),
        layers.SimpleRNN(32, activation="relu", kernel_initializer=init, recurrent_initializer=rec),
        layers.Dense(1, kernel_initializer=init),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mse")
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = series(seed)
    n03 = initializers.RandomNormal(0.0, 0.3, seed=seed)
    return dict(model=rnn(n03, n03), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = series(seed)
    return dict(model=rnn("glorot_uniform", initializers.Orthogonal(0.9, seed=seed)), x=x, y=y,
                fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.2)
