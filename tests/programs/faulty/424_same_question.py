import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: token ids scaled to 0..1 like every other input and then given to an Embedding"
TITLE = "Siamese net on question pairs stays at 50 percent"
TRUTH = {"embedding-range"}
ALSO = {"preprocessing-mismatch", "constant-feature", "input-not-scaled", "learning-rate-too-low", "capacity-too-small"}
TASK = "binary classification"

VOCAB, LEN = 240, 12


def pairs(seed, n=2400):
    rng = np.random.default_rng(seed)

    def question(topic):
        q = rng.integers(1, VOCAB, (n, LEN))
        m = rng.random((n, LEN)) < 0.6
        return np.where(m, 1 + topic[:, None] * 40 + rng.integers(0, 40, (n, LEN)) % (VOCAB - 200), q)

    same = rng.integers(0, 2, n)
    ta = rng.integers(0, 5, n)
    tb = np.where(same == 1, ta, (ta + rng.integers(1, 5, n)) % 5)
    return {"first": question(ta), "second": question(tb)}, same.astype("float32")


def siamese():
    enc = keras.Sequential([keras.Input((LEN,)), layers.Embedding(VOCAB, 16), layers.GlobalAveragePooling1D(),
                            layers.Dense(16, activation="tanh")])
    a, b = keras.Input((LEN,), name="first"), keras.Input((LEN,), name="second")
    ea, eb = enc(a), enc(b)
    d = layers.Concatenate()([layers.Multiply()([ea, eb]), layers.Subtract()([ea, eb])])
    d = layers.Dense(32, activation="relu")(d)
    model = keras.Model({"first": a, "second": b}, layers.Dense(1, activation="sigmoid")(d))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = pairs(seed)
    x = {k: (v / VOCAB).astype("float32") for k, v in x.items()}
    return dict(model=siamese(), x=x, y=y, fit=dict(epochs=12, batch_size=48, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = pairs(seed)
    return dict(model=siamese(), x=x, y=y, fit=dict(epochs=12, batch_size=48, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.78)
