import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (short texts padded to a long limit, masked)"
TITLE = "Search queries of two to six words in sequences of thirty, the rest is padding"
TASK = "classification"
WORDS, LENGTH = 300, 30


def _queries(seed, n):
    rng = np.random.default_rng(seed)
    intent = rng.integers(0, 4, n)
    topic = np.random.default_rng(8).integers(0, 4, WORDS)
    ids = np.zeros((n, LENGTH), "int32")
    for i in range(n):
        k = rng.integers(2, 7)
        own = np.flatnonzero(topic[1:] == intent[i]) + 1
        ids[i, :k] = np.where(rng.random(k) < 0.7, rng.choice(own, k), rng.integers(1, WORDS, k))
    return ids, intent


def build(seed=0):
    keras.utils.set_random_seed(seed)
    ids, intent = _queries(seed, 3000)
    model = keras.Sequential([
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(WORDS, 12, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(24, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(4, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return dict(model=model, x=ids, y=intent, fit=dict(epochs=15, batch_size=32, validation_data=_queries(seed + 70, 800)))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
