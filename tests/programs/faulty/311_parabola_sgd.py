import keras
import numpy as np
from keras import layers

SOURCE = "SO 48934338"
TITLE = "Noisy 5 x squared in one dimension: the error jumps about and the fit is a flat line"
TRUTH = {"learning-rate-too-high"}
ALSO = {"target-not-scaled", "exploding-gradient", "dead-relu", "optimizer"}
TASK = "regression"


class Curve(keras.Model):
    def __init__(self, width=64):
        super().__init__()
        self.h1 = layers.Dense(width, activation="relu")
        self.h2 = layers.Dense(width // 2, activation="relu")
        self.out = layers.Dense(1)

    def call(self, t):
        return self.out(self.h2(self.h1(t)))


def sample(seed):
    rng = np.random.RandomState(seed)
    xs = rng.uniform(-1.5, 1.5, size=(700, 1))
    return xs, 5 * xs ** 2 + rng.normal(scale=0.4, size=xs.shape)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    xs, ys = sample(seed)
    net = Curve()
    net.compile(optimizer=keras.optimizers.SGD(0.3), loss="mse")
    return dict(model=net, x=xs, y=ys, fit=dict(epochs=30, batch_size=25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    xs, ys = sample(seed)
    net = Curve()
    net.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    return dict(model=net, x=xs, y=ys, fit=dict(epochs=30, batch_size=25))


def good(history, model, x, y):
    res = model.predict(x, verbose=0) - y
    return bool(np.mean(res ** 2) < 0.15 * np.var(y))
