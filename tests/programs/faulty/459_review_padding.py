import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: pad_sequences with different padding for training and test texts"
TITLE = "Short reviews with an LSTM: training accuracy 1.0, validation no better than guessing"
TRUTH = {"distribution-shift"}
ALSO = {"preprocessing-mismatch"}
TASK = "text classification"

VOCAB, LENGTH = 400, 40


def _texts(seed, n=2000):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    texts = []
    for label in y:
        words = rng.integers(60, VOCAB, rng.integers(6, 14))
        k = rng.choice(len(words), 3, replace=False)
        words[k] = rng.integers(1, 25, 3) + 25 * label
        texts.append(words.tolist())
    return texts, y


def _net():
    model = keras.Sequential([
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(VOCAB, 16),
        layers.LSTM(16),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def _case(seed, side):
    keras.utils.set_random_seed(seed)
    texts, y = _texts(seed)
    pad = keras.utils.pad_sequences
    xt = pad(texts[:1600], maxlen=LENGTH, padding="pre")
    xv = pad(texts[1600:], maxlen=LENGTH, padding=side)
    return dict(model=_net(), x=xt, y=y[:1600], fit=dict(epochs=6, batch_size=32, validation_data=(xv, y[1600:])))


def build(seed=0):
    return _case(seed, "post")


def fixed(seed=0):
    return _case(seed, "pre")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
