import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "style of keras.io collaborative filtering for movie recommendations"
TITLE = "Film ratings from user and film number: error on the training ratings stops early at a high value"
TRUTH = {"capacity-too-small"}
ALSO = {"epochs-too-few"}
TASK = "regression"

USERS, FILMS = 120, 80


def _ratings(seed, n=7000):
    rng = np.random.default_rng(seed)
    taste, kind = rng.normal(0, 1, (USERS, 5)), rng.normal(0, 1, (FILMS, 5))
    pairs = rng.choice(USERS * FILMS, n, replace=False)
    df = pd.DataFrame({"user": pairs // FILMS, "film": pairs % FILMS})
    df["rating"] = (taste[df["user"]] * kind[df["film"]]).sum(1) / np.sqrt(5) + rng.normal(0, 0.25, n)
    return df


def _case(seed, size):
    keras.utils.set_random_seed(seed)
    df = _ratings(seed)
    u, f = keras.Input((), dtype="int32", name="user"), keras.Input((), dtype="int32", name="film")
    eu = layers.Embedding(USERS, size, embeddings_initializer="random_normal")(u)
    ef = layers.Embedding(FILMS, size, embeddings_initializer="random_normal")(f)
    bias = layers.Add()([layers.Embedding(USERS, 1)(u), layers.Embedding(FILMS, 1)(f)])
    out = layers.Add()([layers.Dot(axes=1)([eu, ef]), bias])
    model = keras.Model({"user": u, "film": f}, out)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse", metrics=["mae"])
    x = {"user": df["user"].to_numpy("int32"), "film": df["film"].to_numpy("int32")}
    return dict(model=model, x=x, y=df["rating"].to_numpy("float32")[:, None],
                fit=dict(epochs=15, batch_size=64, validation_split=0.15))


def build(seed=0):
    return _case(seed, 1)


def fixed(seed=0):
    return _case(seed, 6)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.35 * np.var(y))
