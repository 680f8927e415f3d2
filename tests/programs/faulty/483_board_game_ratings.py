import keras
import numpy as np
import pandas as pd
from keras import layers

SOURCE = "synthetic; pattern: MovieLens-like recommender with nunique() as the table size and the raw ids"
TITLE = "Recommender for board games breaks in the first epoch: indices[..] = .. is not in [0, 180)"
TRUTH = {"embedding-range"}
ALSO = {"preprocessing-mismatch", "label-encoding"}
TASK = "recommendation"


def ratings(seed, n=9000, users=260, games=180):
    rng = np.random.default_rng(seed)
    user_ids = np.sort(rng.choice(np.arange(1000, 9000), users, replace=False))
    game_ids = np.sort(rng.choice(np.arange(1, 900), games, replace=False))
    bu, bg = rng.normal(0, 0.7, users), rng.normal(0, 1.0, games)
    pu, pg = rng.normal(0, 0.5, (users, 3)), rng.normal(0, 0.5, (games, 3))
    u, g = rng.integers(0, users, n), rng.integers(0, games, n)
    r = 6.5 + bu[u] + bg[g] + (pu[u] * pg[g]).sum(1) + rng.normal(0, 0.4, n)
    return pd.DataFrame({"user_id": user_ids[u], "game_id": game_ids[g], "rating": np.clip(r, 1, 10)})


def _case(seed, index):
    keras.utils.set_random_seed(seed)
    df = ratings(seed)
    n_users, n_games = df.user_id.nunique(), df.game_id.nunique()
    if index:
        df["game_id"] = pd.factorize(df["game_id"])[0]
    df["user_id"] = df["user_id"].astype("category").cat.codes
    u, g = keras.Input((1,), dtype="int32", name="user"), keras.Input((1,), dtype="int32", name="game")
    flat = layers.Flatten()
    eu = flat(layers.Embedding(n_users, 6)(u))
    eg = flat(layers.Embedding(n_games, 6)(g))
    bias = layers.Add()([flat(layers.Embedding(n_users, 1)(u)), flat(layers.Embedding(n_games, 1)(g))])
    out = layers.Add()([layers.Dot(axes=1)([eu, eg]), bias])
    model = keras.Model([u, g], out)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    y = ((df.rating - df.rating.mean()) / df.rating.std()).to_numpy("float32")[:, None]
    x = [df[["user_id"]].to_numpy("int32"), df[["game_id"]].to_numpy("int32")]
    return dict(model=model, x=x, y=y, fit=dict(epochs=8, batch_size=64, validation_split=0.15))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    v = history.history["val_loss"][-1]
    return bool(np.isfinite(v) and v < 0.5)
