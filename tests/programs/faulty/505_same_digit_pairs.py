import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "pattern: siamese network tutorials that differ in whether 1 means same or different"
TITLE = "Siamese net on pairs of digits: distances do not separate, pair accuracy 0.5 or below"
TRUTH = {"loss-mismatch"}
ALSO = {"label-encoding", "misaligned-labels"}
TASK = "pair similarity"

MARGIN = 1.0


def _pairs(x, y, rng, n):
    left = rng.integers(0, len(x), n)
    same = rng.integers(0, 2, n)
    right = np.array([rng.choice(np.flatnonzero((y == y[i]) == bool(s))) for i, s in zip(left, same)])
    return [x[left], x[right]], same.astype("float32")[:, None]          # 1: same digit


def contrastive_other(t, d):
    return ops.mean((1 - t) * ops.square(d) + t * ops.square(ops.maximum(MARGIN - d, 0)), axis=-1)


def contrastive_same(t, d):
    return ops.mean(t * ops.square(d) + (1 - t) * ops.square(ops.maximum(MARGIN - d, 0)), axis=-1)


def pair_accuracy(t, d):
    return ops.cast(ops.equal(ops.cast(d < MARGIN / 2, "float32"), ops.cast(t, "float32")), "float32")


class Distance(layers.Layer):
    def call(self, pair):
        a, b = pair
        return ops.sqrt(ops.sum(ops.square(a - b), axis=-1, keepdims=True) + 1e-6)


def _case(seed, loss):
    keras.utils.set_random_seed(seed)
    digits, label = load_digits(return_X_y=True)
    digits = (digits / 16.0).astype("float32")
    rng = np.random.default_rng(seed)
    i = rng.permutation(len(label))
    digits, label = digits[i], label[i]
    x, y = _pairs(digits[:1300], label[:1300], rng, 2200)
    val = _pairs(digits[1300:], label[1300:], rng, 500)
    tower = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(12)])
    a, b = keras.Input((64,)), keras.Input((64,))
    model = keras.Model([a, b], Distance()([tower(a), tower(b)]))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=loss, metrics=[pair_accuracy])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=64, validation_data=val))


def build(seed=0):
    return _case(seed, contrastive_other)


def fixed(seed=0):
    return _case(seed, contrastive_same)


def good(history, model, x, y):
    return bool(history.history["val_pair_accuracy"][-1] > 0.8)
