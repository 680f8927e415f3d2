import keras
import numpy as np
from keras import layers

SOURCE = "SO; pattern: tag prediction for forum posts, one post may carry several tags or none"
TITLE = "Tagging posts: every post gets at most one tag, all the others are missing"
TRUTH = {"output-activation"}
ALSO = {"loss-mismatch"}
TASK = "multi-label classification"

VOCAB, LENGTH, TAGS = 240, 24, 6


def _posts(seed, n=2000):
    rng = np.random.default_rng(seed)
    y = (rng.random((n, TAGS)) < 0.4).astype("float32")
    x = rng.integers(70, VOCAB, (n, LENGTH))
    for t in range(TAGS):
        rows = np.where(y[:, t] == 1)[0]
        for _ in range(2):
            x[rows, rng.integers(0, LENGTH, len(rows))] = 2 + 10 * t + rng.integers(0, 10, len(rows))
    cut = rng.integers(16, LENGTH + 1, n)
    x[np.arange(LENGTH)[None] >= cut[:, None]] = 0
    return x.astype("int32"), y


def _case(seed, activation):
    keras.utils.set_random_seed(seed)
    x, y = _posts(seed)
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    h = layers.Embedding(VOCAB, 24)(tokens)
    h = layers.GlobalMaxPooling1D()(h)
    h = layers.Dense(48, activation="relu")(h)
    tags = layers.Dense(TAGS, activation=activation, name="tags")(h)
    model = keras.Model(tokens, tags)
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="binary_crossentropy",
                  metrics=[keras.metrics.BinaryAccuracy(name="bin_acc")])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, "softmax")


def fixed(seed=0):
    return _case(seed, "sigmoid")


def good(history, model, x, y):
    return bool(history.history["val_bin_acc"][-1] > 0.86)
