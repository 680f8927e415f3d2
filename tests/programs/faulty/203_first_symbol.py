import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: long memory asked of a recurrent layer with sigmoid"
TITLE = "Which command opened the session? A recurrent net on 80 steps stays near 0.25"
TRUTH = {"vanishing-gradient", "hidden-activation"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "capacity-too-small", "input-shape"}
TASK = "sequence classification"


def _sessions(seed, n=1200, steps=80):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    x = rng.integers(6, 30, (n, steps))
    x[np.arange(n), rng.integers(0, 4, n)] = 1 + y
    return x, y


def _net(long):
    inp = keras.Input((80,), dtype="int32")
    h = layers.Embedding(30, 12)(inp)
    if long:
        h = layers.SimpleRNN(16, return_sequences=True)(h)
        h = layers.GlobalMaxPooling1D()(h)
    else:
        h = layers.SimpleRNN(16, activation="sigmoid")(h)
    model = keras.Model(inp, layers.Dense(4, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _sessions(seed)
    return dict(model=_net(False), x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _sessions(seed)
    return dict(model=_net(True), x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
