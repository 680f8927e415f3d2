import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (word vectors from counts, kept fixed)"
TITLE = "Ripe or not from tasting notes, on word vectors made beforehand and not trained"
TASK = "binary"
WORDS, LENGTH = 500, 30


def _notes(seed, n):
    """Word ids of short notes; topics of words are shared by all seeds."""
    rng = np.random.default_rng(seed)
    topic = np.random.default_rng(21).integers(0, 8, WORDS)
    mix = rng.dirichlet(np.full(8, 0.5), n)
    groups = [np.flatnonzero(topic == k) for k in range(8)]
    drawn = (mix.cumsum(1)[:, None] < rng.random((n, LENGTH, 1))).sum(-1).clip(0, 7)
    ids = np.array([[groups[k][rng.integers(len(groups[k]))] for k in row] for row in drawn])
    ripe = mix[:, :4].sum(1) + 0.1 * rng.normal(0, 1, n) > 0.5
    return ids, ripe.astype("float32")


def _vectors(ids, size=16):
    counts = np.zeros((len(ids), WORDS))
    np.add.at(counts, (np.arange(len(ids))[:, None], ids), 1)
    together = counts.T @ counts
    together /= np.sqrt(np.outer(together.diagonal(), together.diagonal())) + 1e-9
    u, s, _ = np.linalg.svd(together)
    return u[:, :size] * np.sqrt(s[:size])


def build(seed=0):
    keras.utils.set_random_seed(seed)
    unlabelled, _ = _notes(seed + 1000, 4000)
    ids, ripe = _notes(seed, 1200)
    vectors = layers.Embedding(WORDS, 16, trainable=False, name="vectors")
    inp = keras.Input((LENGTH,), dtype="int32")
    h = layers.GlobalAveragePooling1D()(vectors(inp))
    h = layers.BatchNormalization()(h)
    h = layers.Dense(32, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
    vectors.set_weights([_vectors(unlabelled)])
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=ids, y=ripe, fit=dict(epochs=15, batch_size=32, validation_split=0.25))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.82)
