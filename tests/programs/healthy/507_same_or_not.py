import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "style of the keras.io siamese-network-with-contrastive-loss example"
TITLE = "Two images in, a distance out, contrastive loss with margin 1; label 1 means different"
TASK = "similarity learning"


def contrastive(y_true, distance):
    return ops.mean((1 - y_true) * ops.square(distance) + y_true * ops.square(ops.maximum(1.0 - distance, 0.0)))


def split_right(y_true, distance):
    return ops.mean(ops.cast(ops.equal(y_true > 0.5, distance > 0.5), "float32"))


def pairs(rng, x, t, n):
    a, b = rng.integers(0, len(t), n), rng.integers(0, len(t), n)
    for i in np.flatnonzero(rng.random(n) < 0.5):
        b[i] = rng.choice(np.flatnonzero(t == t[a[i]]))
    return [x[a], x[b]], (t[a] != t[b]).astype("float32")[:, None]


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x, t = load_digits(return_X_y=True)
    i = rng.permutation(len(t))
    x, t = (x[i] / 16.0).astype("float32"), t[i]
    xt, yt = pairs(rng, x[:1400], t[:1400], 5000)
    xv, yv = pairs(rng, x[1400:], t[1400:], 1000)
    tower = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(16)], name="tower")
    left, right = keras.Input((64,)), keras.Input((64,))
    gap = layers.Subtract()([tower(left), tower(right)])
    out = layers.Lambda(lambda d: ops.sqrt(ops.sum(ops.square(d), axis=-1, keepdims=True) + 1e-7), output_shape=(1,))(gap)
    model = keras.Model([left, right], out)
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss=contrastive, metrics=[split_right])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=12, batch_size=64, validation_data=(xv, yv)))


def good(history, model, x, y):
    return bool(history.history["val_split_right"][-1] > 0.9)
