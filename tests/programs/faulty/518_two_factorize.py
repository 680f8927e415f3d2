import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "course forum pattern: train.csv and valid.csv prepared by the same helper function"
TITLE = "Ticket routing: training accuracy 0.95, validation accuracy below chance, regularising changes nothing"
TRUTH = {"label-encoding"}
ALSO = {"distribution-shift", "misaligned-labels"}
TASK = "classification"

TEAMS = np.array(["billing", "network", "printer", "password", "hardware", "travel"])


def _tickets(rng, n):
    topic = np.random.default_rng(3).dirichlet(np.full(200, 0.15), 6)
    team = rng.integers(0, 6, n)
    words = np.stack([np.where(rng.random(18) < 0.55, rng.choice(200, 18, p=topic[t]), rng.integers(0, 200, 18)) for t in team])
    return pd.DataFrame({"tokens": list(words + 1), "team": TEAMS[team]})


def _case(seed, apart):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    train, valid = _tickets(rng, 1600), _tickets(rng, 400)
    if apart:
        y, yv = pd.factorize(train["team"])[0], pd.factorize(valid["team"])[0]
    else:
        y, names = pd.factorize(train["team"])
        yv = names.get_indexer(valid["team"])
    x, xv = np.stack(train["tokens"]).astype("int32"), np.stack(valid["tokens"]).astype("int32")
    model = keras.Sequential([keras.Input((18,), dtype="int32"), layers.Embedding(201, 24), layers.GlobalAveragePooling1D(),
                              layers.Dense(32, activation="relu"), layers.Dense(6, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y.astype("int32"), fit=dict(epochs=12, batch_size=32, validation_data=(xv, yv.astype("int32"))))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
