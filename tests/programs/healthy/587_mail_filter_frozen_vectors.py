import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; style of keras.io pretrained word embeddings"
TITLE = "Mail filter on word vectors from an SVD of the co-occurrences, vectors kept fixed"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n, length, vocab = 1800, 30, 300
    y = rng.integers(0, 2, n)
    base = rng.dirichlet(np.full(vocab - 1, 0.5))
    tilt = np.zeros(vocab - 1)
    tilt[rng.permutation(vocab - 1)[:60]] = rng.choice([-1, 1], 60) * 1.6
    x = np.zeros((n, length), "int32")
    for i in range(n):
        p = base * np.exp(tilt * (2 * y[i] - 1))
        k = rng.integers(12, length + 1)
        x[i, length - k:] = 1 + rng.choice(vocab - 1, k, p=p / p.sum())
    counts = np.zeros((n, vocab))
    np.add.at(counts, (np.arange(n)[:, None], x), 1.0)
    co = np.log1p(counts[:, 1:].T @ counts[:, 1:])
    u, s, _ = np.linalg.svd(co - co.mean(0))
    vec = np.zeros((vocab, 32), "float32")
    vec[1:] = u[:, :32] * np.sqrt(s[:32])
    emb = layers.Embedding(vocab, 32, mask_zero=True, trainable=False)
    model = keras.Sequential([
        keras.Input((length,), dtype="int32"),
        emb,
        layers.GlobalAveragePooling1D(),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(1),
    ])
    emb.set_weights([vec])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss=keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")])
    return dict(model=model, x=x, y=y.astype("float32")[:, None], fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
