import keras
import numpy as np
from keras import layers

SOURCE = "style of the keras.io named-entity-recognition example"
TITLE = "One tag for every word, sentences of 6 to 25 words padded with zeros, mask_zero"
TASK = "sequence tagging"


def corpus(rng, n):
    x = rng.integers(40, 400, (n, 25))
    hit = rng.random((n, 25))
    x[hit < 0.15] = rng.integers(10, 40, (hit < 0.15).sum())      # first names
    x[hit > 0.88] = rng.integers(1, 10, (hit > 0.88).sum())       # "in", "from", ...
    y = np.where((x >= 10) & (x < 40), 1, 0)
    after = (x[:, :-1] < 10) & (x[:, 1:] >= 40)
    y[:, 1:][after] = 2                                           # a place follows a preposition
    before = (x[:, :-1] >= 10) & (x[:, :-1] < 40) & (x[:, 1:] >= 40) & (x[:, 1:] % 2 == 0)
    y[:, 1:][before] = 3                                          # surname
    for i, k in enumerate(rng.integers(6, 26, n)):
        x[i, k:], y[i, k:] = 0, 0
    return x.astype("int32"), y


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = corpus(np.random.default_rng(seed), 2000)
    model = keras.Sequential([
        keras.Input((25,), dtype="int32"),
        layers.Embedding(400, 24, mask_zero=True),
        layers.Bidirectional(layers.GRU(24, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(4, activation="softmax")),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=5, batch_size=64, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x[1600:], verbose=0).argmax(-1)
    real = x[1600:] > 0
    return bool((p == y[1600:])[real].mean() > 0.95 and (p == y[1600:])[real & (y[1600:] > 0)].mean() > 0.9)
