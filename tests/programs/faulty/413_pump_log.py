import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: logarithm of counters that may be zero, and a sensor that writes 1e6 when it is off"
TITLE = "Pump sensors through a PyDataset: one and the same prediction for every row"
TRUTH = {"nonfinite-input", "outliers"}
ALSO = {"input-not-scaled", "exploding-gradient", "dead-relu", "preprocessing-mismatch"}
TASK = "regression"


class PumpData(keras.utils.PyDataset):
    def __init__(self, x, y, bs, **kw):
        super().__init__(**kw)
        self.x, self.y, self.bs = x, y, bs

    def __len__(self):
        return int(np.ceil(len(self.y) / self.bs))

    def __getitem__(self, k):
        sl = slice(k * self.bs, (k + 1) * self.bs)
        return self.x[sl], self.y[sl]


def raw(seed, n=1500):
    rng = np.random.default_rng(seed)
    cnt = rng.poisson(6, n)
    v = rng.normal(0, 1, (n, 5))
    y = np.log1p(cnt) - 0.9 * v[:, 0] + np.maximum(v[:, 1], 0) + 0.5 * v[:, 2] * v[:, 3] + rng.normal(0, 0.1, n)
    off = rng.choice(n, 12, replace=False)
    return cnt, v, ((y - y.mean()) / y.std()).astype("float32"), off


def _run(seed, safe_log, clip):
    keras.utils.set_random_seed(seed)
    cnt, v, y, off = raw(seed)
    v[off, :3] = 1e6
    if clip:
        v = v.clip(-4, 4)
    with np.errstate(divide="ignore"):
        c = np.log1p(cnt) if safe_log else np.log(cnt)
    x = np.column_stack([c, (v - v.mean(0)) / v.std(0)]).astype("float32")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(48, "relu"), layers.Dense(24, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.002), "mse")
    return dict(model=model, x=PumpData(x[:1200], y[:1200], 25), y=None,
                fit=dict(epochs=15, validation_data=PumpData(x[1200:], y[1200:], 100)))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    X, Y = map(np.concatenate, zip(*(x[k] for k in range(len(x)))))
    e = np.abs(model.predict(X, verbose=0).ravel() - Y)
    return bool(np.quantile(e, 0.9) < 0.6)
