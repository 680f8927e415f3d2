import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: SGD settings of an image paper (0.1, momentum 0.9) copied to a recurrent net"
TITLE = "River level from 48 hours of rain, two SimpleRNN layers: loss grows to 1e30, then nan"
TRUTH = {"learning-rate-too-high"}
ALSO = {"exploding-gradient", "optimizer"}
TASK = "time series regression"


def river(seed, n=1300):
    rng = np.random.default_rng(seed)
    rain = rng.gamma(0.4, 1.0, n) * (rng.random(n) < 0.35)
    level = np.zeros(n)
    for t in range(1, n):
        level[t] = 0.9 * level[t - 1] + 0.3 * rain[t - 1] + rng.normal(0, 0.03)
    f = np.stack([level, rain], 1)
    return ((f - f.mean(0)) / f.std(0)).astype("float32")


def _case(seed, rate):
    keras.utils.set_random_seed(seed)
    f = river(seed)
    w = 48
    x = np.stack([f[i:i + w] for i in range(len(f) - w)])
    y = f[w:, :1]
    model = keras.Sequential([
        keras.Input((w, 2)),
        layers.SimpleRNN(48, return_sequences=True),
        layers.SimpleRNN(48),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True), loss="mse")
    return dict(model=model, x=x, y=y, fit=dict(epochs=6, batch_size=64, validation_split=0.2))


def build(seed=0):
    return _case(seed, 0.1)


def fixed(seed=0):
    return _case(seed, 0.005)


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.5)
