import keras
import numpy as np
from keras import layers, regularizers

SOURCE = "synthetic; pattern: l2(1.0) copied onto every layer against overfitting"
TITLE = "Review sentiment: the loss starts near 40, falls to 0.693 and the accuracy is 0.5"
TRUTH = {"regularization"}
ALSO = {"epochs-too-few", "capacity-too-small", "learning-rate-too-low"}
TASK = "binary classification"

VOCAB = 800


def _reviews(seed, n=1600):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.integers(1, VOCAB, (n, 24))
    for i in range(n):
        x[i, rng.choice(24, 6, replace=False)] = rng.integers(0, 40, 6) + 100 + 300 * y[i]
    return x, y.astype("float32")


def _net(weight):
    penalty = regularizers.L2(weight)
    model = keras.Sequential([
        keras.Input((24,), dtype="int32"),
        layers.Embedding(VOCAB, 16, embeddings_regularizer=penalty),
        layers.Conv1D(32, 3, activation="relu", kernel_regularizer=penalty),
        layers.GlobalMaxPooling1D(),
        layers.Dense(16, activation="relu", kernel_regularizer=penalty),
        layers.Dense(1, activation="sigmoid", kernel_regularizer=penalty),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _reviews(seed)
    return dict(model=_net(1.0), x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _reviews(seed)
    return dict(model=_net(1e-5), x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
