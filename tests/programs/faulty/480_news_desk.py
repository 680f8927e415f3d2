import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: one folder of texts per topic, read one after the other, validation_split"
TITLE = "News texts with Conv1D: training accuracy 0.99 but val_accuracy is exactly 0.0000"
TRUTH = {"unshuffled-data"}
ALSO = {"distribution-shift", "single-class"}
TASK = "classification"

DESKS = ["economy", "culture", "science", "sport", "travel"]


def read_folders(seed, per=320):
    rng = np.random.default_rng(seed)
    common = [f"w{i}" for i in range(250)]
    texts, labels = [], []
    for k, desk in enumerate(DESKS):
        own = [f"{desk}{i}" for i in range(25)]
        for _ in range(per):
            words = rng.choice(common, rng.integers(15, 35)).tolist()
            for _ in range(rng.integers(2, 6)):
                words.insert(rng.integers(len(words)), str(rng.choice(own)))
            if rng.random() < 0.3:
                words.append(f"{rng.choice(DESKS)}{rng.integers(25)}")
            texts.append(" ".join(words))
            labels.append(k)
    return np.array(texts), np.array(labels)


def _case(seed, mix):
    keras.utils.set_random_seed(seed)
    texts, y = read_folders(seed)
    if mix:
        order = np.random.default_rng(seed + 1).permutation(len(y))
        texts, y = texts[order], y[order]
    vec = layers.TextVectorization(max_tokens=500, output_sequence_length=40)
    vec.adapt(texts)
    x = np.asarray(vec(texts)).astype("int32")
    model = keras.Sequential([
        keras.Input((40,), dtype="int32"),
        layers.Embedding(500, 24),
        layers.Conv1D(32, 3, activation="relu", padding="same"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(5, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
