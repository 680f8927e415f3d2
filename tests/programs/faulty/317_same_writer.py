import keras
import numpy as np
from keras import layers, ops

SOURCE = "synthetic; pattern: one side of the pairs shuffled on its own"
TITLE = "Siamese net on signature vectors: pairs are never told apart, val accuracy 0.5"
TRUTH = {"misaligned-labels"}
ALSO = {"label-noise", "epochs-too-many", "capacity-too-large"}
TASK = "binary classification, two inputs"


def pairs(seed, n=1800):
    rng = np.random.default_rng(seed)
    basis = np.random.default_rng(5).normal(0, 1, (6, 20))
    who = rng.normal(0, 1, (n, 6))
    same = rng.integers(0, 2, n)
    other = np.where(same[:, None] == 1, who + rng.normal(0, 0.15, who.shape), rng.normal(0, 1, who.shape))
    left = np.tanh(who @ basis / 2) + rng.normal(0, 0.05, (n, 20))
    right = np.tanh(other @ basis / 2) + rng.normal(0, 0.05, (n, 20))
    return left.astype("float32"), right.astype("float32"), same.astype("float32")


def siamese():
    a, b = keras.Input((20,), name="left"), keras.Input((20,), name="right")
    tower = keras.Sequential([layers.Dense(40, activation="relu"), layers.Dense(12)], name="tower")
    gap = layers.Lambda(lambda t: ops.abs(t[0] - t[1]), name="gap")([tower(a), tower(b)])
    out = layers.Dense(1, activation="sigmoid")(layers.Dense(8, activation="relu")(gap))
    model = keras.Model({"left": a, "right": b}, out)
    model.compile(keras.optimizers.AdamW(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _make(seed, together):
    keras.utils.set_random_seed(seed)
    left, right, same = pairs(seed)
    rng = np.random.default_rng(seed + 1)
    i = rng.permutation(len(same))
    j = i if together else rng.permutation(len(same))
    x = {"left": left[i], "right": right[j]}
    return dict(model=siamese(), x=x, y=same[i], fit=dict(epochs=15, batch_size=40, validation_split=0.2))


def build(seed=0):
    return _make(seed, False)


def fixed(seed=0):
    return _make(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
