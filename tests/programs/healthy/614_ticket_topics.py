import keras
import numpy as np
from keras import layers

SOURCE = "StackOverflow style: TextVectorization on support tickets"
TITLE = "Support tickets to one of three departments, padded token numbers and an Embedding"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    words = {0: ["invoice", "payment", "refund", "charge", "price", "bill", "card", "money"], 1: ["crash", "error", "screen", "login", "password", "bug", "update", "slow"],
             2: ["parcel", "delivery", "late", "address", "courier", "box", "damaged", "tracking"]}
    common = ["please", "the", "my", "is", "i", "have", "with", "and", "hello", "thanks", "for", "today", "it", "was", "not", "help"]
    y = rng.integers(0, 3, 1200)
    text = []
    for k in y:
        t = list(rng.choice(common, rng.integers(5, 12))) + list(rng.choice(words[int(k)], rng.integers(2, 4)))
        if rng.random() < 0.3:
            t += list(rng.choice(words[int(rng.integers(0, 3))], 1))
        rng.shuffle(t)
        text.append(" ".join(t))
    vec = layers.TextVectorization(max_tokens=200, output_sequence_length=16)
    vec.adapt(text[:960])
    x = np.asarray(vec(np.array(text)[:, None])).astype("int32")
    model = keras.Sequential([
        keras.Input((16,), dtype="int32"),
        layers.Embedding(len(vec.get_vocabulary()), 16, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
