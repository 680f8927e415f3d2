import keras
import numpy as np
from keras.layers import Dense

SOURCE = "SO 46642627"
TITLE = "Rents from floor area, year and distance: binary cross-entropy of minus or plus 17000, no prediction makes sense"
TRUTH = {"input-not-scaled", "target-not-scaled", "loss-mismatch"}
ALSO = {"learning-rate-too-high", "optimizer", "exploding-gradient", "nonfinite-input", "output-activation"}
TASK = "regression"


def flats(seed, n=1800):
    rng = np.random.default_rng(seed)
    area, year = rng.gamma(9, 9, n), rng.integers(1905, 2021, n)
    dist, floor = rng.uniform(200, 14000, n), rng.integers(0, 9, n)
    rent = 11.5 * area * (1 + 0.004 * (year - 1960)) - 0.045 * dist + 12 * floor + rng.normal(0, 35, n) + 400
    return np.c_[area, year, dist, floor].astype("float32"), rent.astype("float32")


def _make(seed, sx, sy, loss):
    keras.utils.set_random_seed(seed)
    x, y = flats(seed)
    if sx:
        x = (x - x.mean(0)) / x.std(0)
    if sy:
        y = (y - y.mean()) / y.std()
    net = keras.Sequential([keras.Input((4,)), Dense(20, activation="relu"), Dense(20, activation="relu"), Dense(1)])
    net.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss=loss)
    return dict(model=net, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.25))


def build(seed=0):
    return _make(seed, False, False, "binary_crossentropy")


def fixed(seed=0):
    return _make(seed, True, True, "mse")


def good(history, model, x, y):
    p = model.predict(x, verbose=0)[:, 0]
    return bool(np.corrcoef(p, y)[0, 1] > 0.93 and np.mean((p - y) ** 2) < 0.15 * np.var(y))
