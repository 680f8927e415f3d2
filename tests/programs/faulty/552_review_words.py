import keras
import numpy as np
from keras import layers

SOURCE = "StackOverflow, Embedding layer 'indices[..] = .. is not in [0, ..)'"
TITLE = "Film reviews as word numbers: training stops with an InvalidArgumentError in the first epoch"
TRUTH = {"embedding-range"}
ALSO = {"input-shape"}
TASK = "binary classification"


def _case(seed, rows):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n, vocab, length = 1600, 2000, 30
    y = rng.integers(0, 2, n)
    x = rng.integers(1, vocab, (n, length))
    nice, bad = np.arange(1500, 1540), np.arange(1540, 1580)
    for i in range(n):
        k = rng.integers(3, 7)
        x[i, rng.choice(length, k, replace=False)] = rng.choice(nice if y[i] else bad, k)
        x[i, rng.integers(20, length):] = 0
    model = keras.Sequential([
        keras.Input((length,), dtype="int32"),
        layers.Embedding(rows, 16),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x.astype("int32"), y=y.astype("float32"), fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 1000)


def fixed(seed=0):
    return _case(seed, 2000)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
