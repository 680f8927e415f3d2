import keras
import numpy as np
from keras import layers

SOURCE = "course notebook; pattern: sentiment of short reviews, left running overnight"
TITLE = "Review sentiment: training accuracy 1.0, but validation loss is higher in the morning than after minutes"
TRUTH = {"epochs-too-many"}
ALSO = {"capacity-too-large", "too-little-data", "regularization", "dropout", "label-noise"}
TASK = "binary classification"


def _reviews(seed, n=700, vocab=300, t=20):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.integers(62, vocab, (n, t))
    for _ in range(4):
        pole = np.where(rng.random(n) < 0.82, y, 1 - y)
        x[np.arange(n), rng.integers(0, t, n)] = 2 + 30 * pole + rng.integers(0, 30, n)
    return x.astype("int32"), y.astype("float32")[:, None]


def _case(seed, epochs):
    keras.utils.set_random_seed(seed)
    x, y = _reviews(seed)
    model = keras.Sequential([
        keras.Input((20,), dtype="int32"),
        layers.Embedding(300, 16),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=epochs, batch_size=32, validation_split=0.3))


def build(seed=0):
    return _case(seed, 40)


def fixed(seed=0):
    return _case(seed, 6)


def good(history, model, x, y):
    v = history.history["val_loss"]
    return bool(v[-1] < 0.55 and v[-1] < 1.3 * min(v))
