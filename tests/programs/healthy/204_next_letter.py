import keras
import numpy as np
from keras import layers

SOURCE = "style of character-level language models"
TITLE = "Next-symbol model on sequences: an accuracy below one half is the best there is, loss far above zero"
TASK = "sequence to sequence"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    chain = np.random.default_rng(8).dirichlet(np.full(20, 0.12), 20)
    rng = np.random.default_rng(seed)
    s = np.zeros((900, 25), "int64")
    s[:, 0] = rng.integers(0, 20, 900)
    edge = chain.cumsum(1)
    for t in range(24):
        s[:, t + 1] = np.minimum((rng.random((900, 1)) > edge[s[:, t]]).sum(1), 19)
    model = keras.Sequential([
        keras.Input((24,), dtype="int32"),
        layers.Embedding(20, 16),
        layers.LSTM(32, return_sequences=True),
        layers.Dense(20),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return dict(model=model, x=s[:, :-1], y=s[:, 1:], fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    chain = np.random.default_rng(8).dirichlet(np.full(20, 0.12), 20)
    best = chain.max(1)[x].mean()
    return bool(history.history["val_accuracy"][-1] > 0.93 * best)
