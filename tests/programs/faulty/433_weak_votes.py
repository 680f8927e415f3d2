import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (cheap annotations)"
TITLE = "Complaint or praise in short messages: training accuracy climbs, the test set stays near a coin toss"
TRUTH = {"label-noise"}
ALSO = {"epochs-too-many", "too-little-data", "misaligned-labels"}
TASK = "binary"
WORDS, LENGTH = 400, 14


def _messages(seed, n):
    rng = np.random.default_rng(seed)
    tone = np.random.default_rng(99).normal(0, 1, WORDS) * (np.random.default_rng(98).random(WORDS) < 0.5)
    ids = rng.integers(1, WORDS, (n, LENGTH))
    return ids, (tone[ids].sum(1) + rng.normal(0, 0.8, n) > 0).astype(int)


def _net():
    model = keras.Sequential([
        keras.Input((LENGTH,)),
        layers.Embedding(WORDS, 16),
        layers.GlobalAveragePooling1D(),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _run(seed, wrong):
    keras.utils.set_random_seed(seed)
    ids, y = _messages(seed, 3000)
    flip = np.random.default_rng(seed + 10).random(len(y)) < wrong
    y = np.where(flip, 1 - y, y)
    return dict(model=_net(), x=ids[:2400], y=y[:2400],
                fit=dict(epochs=6, batch_size=64, validation_data=(ids[2400:], y[2400:])))


def build(seed=0):
    return _run(seed, 0.35)


def fixed(seed=0):
    return _run(seed, 0.0)


def good(history, model, x, y):
    ids, truth = _messages(1234, 2000)
    return bool(np.mean((model.predict(ids, verbose=0).ravel() > 0.5) == truth) > 0.82)
