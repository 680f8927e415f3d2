import keras
import numpy as np
from keras import layers

SOURCE = "style of keras.io pretrained word embeddings: fixed vectors, small head"
TITLE = "Topic of short messages with fixed word vectors; validation loss lower than training loss"
TASK = "classification"

VOCAB, SIZE, T = 400, 16, 18


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    topic_of_word = rng.integers(0, 8, VOCAB)
    centre = rng.normal(0, 1, (8, SIZE))
    vectors = (centre[topic_of_word] + rng.normal(0, 0.6, (VOCAB, SIZE))).astype("float32")
    vectors[0] = 0
    n = 1600
    y = rng.integers(0, 4, n)
    words = [np.where(topic_of_word[1:] == k)[0] + 1 for k in range(8)]
    x = rng.integers(1, VOCAB, (n, T))
    for i in range(n):
        m = rng.random(T) < 0.45
        x[i, m] = rng.choice(words[y[i]], m.sum())
        x[i, rng.integers(11, T + 1):] = 0
    model = keras.Sequential([
        keras.Input((T,), dtype="int32"),
        layers.Embedding(VOCAB, SIZE, weights=[vectors], trainable=False, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(4, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x.astype("int32"), y=y.astype("int32"), fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
