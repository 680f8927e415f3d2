# %% [markdown]
# # Next-event model for PLC logs
# A decoder-only model that reads a window of event codes and says, at every position,
# which event comes next. It's meant to run on the line and warn on unlikely events.

# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(21)

N_EVENTS = 20
WINDOW = 32
HP = {"dim": 48, "heads": 4, "depth": 2, "dropout": 0.1, "lr": 2e-3, "batch": 64, "epochs": 6}


# %%
def plc_log(n, seed, table_seed=99):
    """The next event depends on the last two events, with a fair share of chance."""
    t_rng, rng = np.random.default_rng(table_seed), np.random.default_rng(seed)
    table = t_rng.dirichlet(np.full(N_EVENTS, 0.12), size=(N_EVENTS, N_EVENTS))
    table = 0.85 * table + 0.15 / N_EVENTS
    cum = table.cumsum(-1)
    log = [0, 1]
    for u in rng.random(n):
        log.append(min(int(np.searchsorted(cum[log[-2], log[-1]], u)), N_EVENTS - 1))
    return np.array(log[2:], "int32")


def windows(log, stride):
    starts = np.arange(0, len(log) - WINDOW - 1, stride)
    w = np.stack([log[s:s + WINDOW + 1] for s in starts])
    return w[:, :-1], w[:, 1:]


train_log, val_log = plc_log(40000, 1), plc_log(8000, 2)
x_train, y_train = windows(train_log, 10)
x_val, y_val = windows(val_log, WINDOW)
print(x_train.shape, x_val.shape)


# %%
class SelfAttention(layers.Layer):
    def __init__(self, dim, heads, dropout=0.0, **kw):
        super().__init__(**kw)
        self.dim, self.heads, self.dh = dim, heads, dim // heads
        self.qkv = layers.Dense(3 * dim, use_bias=False)
        self.proj = layers.Dense(dim)
        self.drop = layers.Dropout(dropout)

    def split(self, t):
        b, n = tf.shape(t)[0], tf.shape(t)[1]
        return tf.transpose(tf.reshape(t, (b, n, self.heads, self.dh)), (0, 2, 1, 3))

    def call(self, x, training=False):
        q, k, v = (self.split(t) for t in tf.split(self.qkv(x), 3, axis=-1))
        scores = tf.matmul(q, k, transpose_b=True) / np.sqrt(self.dh)
        n = tf.shape(x)[1]
        visible = tf.linalg.band_part(tf.ones((n, n)), 0, -1)
        scores += (1.0 - visible) * -1e9
        att = self.drop(tf.nn.softmax(scores), training=training)
        out = tf.transpose(tf.matmul(att, v), (0, 2, 1, 3))
        return self.proj(tf.reshape(out, (tf.shape(x)[0], n, self.dim)))


class Block(layers.Layer):
    def __init__(self, dim, heads, dropout, **kw):
        super().__init__(**kw)
        self.ln1, self.ln2 = layers.LayerNormalization(), layers.LayerNormalization()
        self.att = SelfAttention(dim, heads, dropout)
        self.mlp = keras.Sequential([layers.Dense(4 * dim, activation="gelu"), layers.Dense(dim),
                                     layers.Dropout(dropout)])

    def call(self, x, training=False):
        x = x + self.att(self.ln1(x), training=training)
        return x + self.mlp(self.ln2(x), training=training)


class EventModel(keras.Model):
    def __init__(self, hp, **kw):
        super().__init__(**kw)
        self.tok = layers.Embedding(N_EVENTS, hp["dim"])
        self.pos = layers.Embedding(WINDOW, hp["dim"])
        self.blocks = [Block(hp["dim"], hp["heads"], hp["dropout"]) for _ in range(hp["depth"])]
        self.norm = layers.LayerNormalization()
        self.head = layers.Dense(N_EVENTS)

    def call(self, ids, training=False):
        x = self.tok(ids) + self.pos(tf.range(tf.shape(ids)[1]))
        for b in self.blocks:
            x = b(x, training=training)
        return self.head(self.norm(x))


# %% train
model = EventModel(HP)
model.compile(keras.optimizers.Adam(HP["lr"], global_clipnorm=1.0),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"], jit_compile=False)
history = model.fit(x_train, y_train, validation_data=(x_val, y_val),
                    batch_size=HP["batch"], epochs=HP["epochs"], verbose=2)


# %%
def replay(log, n=400):
    """As on the line: only the past window is there, the next event is guessed."""
    past = np.stack([log[i:i + WINDOW] for i in range(n)])
    nxt = log[WINDOW:WINDOW + n]
    guess = model.predict(past, verbose=0)[:, -1].argmax(-1)
    return (guess == nxt).mean()


print("hit rate in replay:", replay(plc_log(600, 3)))
