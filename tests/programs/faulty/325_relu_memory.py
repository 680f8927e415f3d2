import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: SimpleRNN with relu and an enlarged recurrent start (after a note on IRNN)"
TITLE = "Adding up a signal of 40 steps with a relu RNN: astronomic loss, then nothing"
TRUTH = {"exploding-gradient", "weight-init"}
ALSO = {"learning-rate-too-high", "hidden-activation", "nonfinite-input"}
TASK = "sequence regression"

STEPS = 40


def sums(seed, n=1400):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0, 1, (n, STEPS))
    mark = (rng.random((n, STEPS)) < 0.25).astype(float)
    y = (v * mark).sum(axis=1)
    return np.stack([v, mark], -1).astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def rnn(gain):
    m = keras.Sequential([keras.Input((STEPS, 2))])
    start = keras.initializers.Identity(gain=gain)
    m.add(layers.SimpleRNN(24, activation="relu", recurrent_initializer=start))
    m.add(layers.Dense(1))
    m.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002), loss="mse")
    return m


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = sums(seed)
    return dict(model=rnn(1.6), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = sums(seed)
    return dict(model=rnn(0.95), x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.35)
