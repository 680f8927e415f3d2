import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; style of a two-tower recommender"
TITLE = "Song likes from large, gappy ids: the lookup is a layer, tables larger than needed"
TASK = "recommendation"


class Towers(keras.Model):
    def __init__(self, users, songs, width=8):
        super().__init__()
        self.user_index = layers.IntegerLookup(vocabulary=users)
        self.song_index = layers.IntegerLookup(vocabulary=songs)
        small = keras.regularizers.L2(1e-5)
        self.users = layers.Embedding(len(users) + 50, width, embeddings_regularizer=small)
        self.songs = layers.Embedding(len(songs) + 50, width, embeddings_regularizer=small)
        self.user_bias, self.song_bias = layers.Embedding(len(users) + 50, 1), layers.Embedding(len(songs) + 50, 1)

    def call(self, x):
        u, s = self.user_index(x["user"]), self.song_index(x["song"])
        dot = keras.ops.sum(self.users(u) * self.songs(s), axis=-1, keepdims=True)
        return keras.ops.sigmoid(dot + self.user_bias(u) + self.song_bias(s))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    nu, ns, n = 200, 120, 9000
    uid = rng.choice(10 ** 6, nu, replace=False)
    sid = rng.choice(10 ** 6, ns, replace=False)
    pu, ps = rng.normal(0, 1, (nu, 2)), rng.normal(0, 1, (ns, 2))
    bu, bs = rng.normal(0, 1.0, nu), rng.normal(0, 1.5, ns)
    u, s = rng.integers(0, nu, n), rng.integers(0, ns, n)
    y = (bu[u] + bs[s] + 1.2 * (pu[u] * ps[s]).sum(1) + rng.normal(0, 0.5, n) > 0).astype("float32")
    cut = 7600
    ds = tf.data.Dataset.from_tensor_slices(({"user": uid[u], "song": sid[s]}, y[:, None]))
    train, val = ds.take(cut).shuffle(cut, seed=seed).batch(64), ds.skip(cut).batch(256)
    model = Towers(uid.tolist(), sid.tolist())
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=6, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
