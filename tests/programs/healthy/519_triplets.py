import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

SOURCE = "style of the keras.io siamese-network-with-triplet-loss example"
TITLE = "Anchor, same, other: the output is a pair of distances and y is a column of zeros nobody reads"
TASK = "similarity learning"


def triplet(_, gaps):
    return ops.mean(ops.maximum(gaps[:, 0] - gaps[:, 1] + 0.4, 0.0))


def ordered(_, gaps):
    return ops.mean(ops.cast(gaps[:, 0] < gaps[:, 1], "float32"))


def pick(rng, x, t, n):
    a = rng.integers(0, len(t), n)
    same = np.array([rng.choice(np.flatnonzero(t == t[i])) for i in a])
    other = np.array([rng.choice(np.flatnonzero(t != t[i])) for i in a])
    return np.stack([x[a], x[same], x[other]], axis=1)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    d = load_digits()
    i = rng.permutation(len(d.target))
    x, t = (d.data[i] / 16.0).astype("float32"), d.target[i]
    xt, xv = pick(rng, x[:1400], t[:1400], 3000), pick(rng, x[1400:], t[1400:], 600)
    inp = keras.Input((3, 64))
    e = layers.Dense(96, activation="relu")(inp)
    e = layers.UnitNormalization(axis=-1)(layers.Dense(24)(e))
    out = layers.Lambda(lambda z: ops.sum(ops.square(z[:, :1] - z[:, 1:]), axis=-1), output_shape=(2,))(e)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss=triplet, metrics=[ordered])
    return dict(model=model, x=xt, y=np.zeros((3000, 1), "float32"),
                fit=dict(epochs=12, batch_size=64, validation_data=(xv, np.zeros((600, 1), "float32"))))


def good(history, model, x, y):
    return bool(history.history["val_ordered"][-1] > 0.95 and history.history["val_loss"][-1] < 0.06)
