import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: vocabulary counted before a new code was added"
TITLE = "Movie ratings: fit stops after some batches with an index error from the embedding"
TRUTH = {"embedding-range"}
ALSO = {"input-shape"}
TASK = "regression"


def _ratings(seed, n=2400):
    taste = np.random.default_rng(31)
    users, films = taste.normal(0, 1, (60, 2)), taste.normal(0, 1, (90, 2))
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"user": rng.integers(0, 60, n), "film": rng.integers(0, 90, n)})
    score = (users[df["user"]] * films[df["film"]]).sum(1) + rng.normal(0, 0.2, n)
    return {"user": df["user"].to_numpy() + 1, "film": df["film"].to_numpy() + 1}, score.astype("float32")


def _net(n_users, n_films):
    user = keras.Input((), dtype="int32", name="user")
    film = keras.Input((), dtype="int32", name="film")
    u = layers.Embedding(n_users, 8, name="user_factors")(user)
    f = layers.Embedding(n_films, 8, name="film_factors")(film)
    h = layers.Concatenate()([u, f, layers.Multiply()([u, f])])
    h = layers.Dense(32, activation="relu")(h)
    model = keras.Model({"user": user, "film": film}, layers.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _ratings(seed)
    return dict(model=_net(len(np.unique(x["user"])), len(np.unique(x["film"]))), x=x, y=y,
                fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _ratings(seed)
    return dict(model=_net(int(x["user"].max()) + 1, int(x["film"].max()) + 1), x=x, y=y,
                fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.7)
