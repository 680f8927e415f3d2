# %% [markdown]
# # Phone triage notes -> care path
# Short notes, one transformer block, read out at the [cls] position. Padded to 40 tokens.

# %%
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)

# %%
paths = ["self_care", "practice", "urgent", "ambulance"]
cues = [
    "sniffle tired scratchy cold mild sneeze itchy dry".split(),
    "ongoing rash backache earache refill cough sprain weeks".split(),
    "vomiting fever dehydrated burning swelling worse cut dizzy".split(),
    "chest unconscious bleeding breathless stroke seizure collapsed blue".split(),
]
filler = ("patient says caller since morning has had and the a son daughter mother years old also "
          "some feels reports today night no known allergies takes tablets called before").split()
vocab = ["[pad]", "[cls]"] + sorted(set(sum(cues, [])) | set(filler))
token_id = {w: i for i, w in enumerate(vocab)}
MAXLEN = 40


def note(k):
    words = list(rng.choice(filler, rng.integers(6, 26))) + list(rng.choice(cues[k], rng.integers(2, 5)))
    if rng.random() < 0.3:
        words.append(rng.choice(cues[rng.integers(0, 4)]))
    rng.shuffle(words)
    return words


def encode(words):
    ids = [token_id["[cls]"]] + [token_id[w] for w in words]
    ids = ids[:MAXLEN]
    return ids + [0] * (MAXLEN - len(ids))


y = rng.integers(0, 4, 4000)
X = np.array([encode(note(k)) for k in y], "int32")
X_train, y_train, X_val, y_val = X[:3200], y[:3200], X[3200:], y[3200:]


# %%
class TokenAndPosition(layers.Layer):
    def __init__(self, maxlen, size, dim, **kw):
        super().__init__(**kw)
        self.tok = layers.Embedding(size, dim)
        self.pos = layers.Embedding(maxlen, dim)
        self.maxlen = maxlen

    def call(self, ids):
        return self.tok(ids) + self.pos(ops.arange(self.maxlen))


DIM = 32
ids = keras.Input((MAXLEN,), dtype="int32")
padding_mask = ops.expand_dims(ops.equal(ids, 0), axis=1)
x = TokenAndPosition(MAXLEN, len(vocab), DIM)(ids)
a = layers.MultiHeadAttention(num_heads=2, key_dim=16, dropout=0.1)(x, x, attention_mask=padding_mask)
x = layers.LayerNormalization()(x + a)
f = layers.Dense(64, activation="gelu")(x)
f = layers.Dense(DIM)(f)
x = layers.LayerNormalization()(x + f)
cls = x[:, 0]
cls = layers.Dropout(0.1)(cls)
out = layers.Dense(len(paths), activation="softmax")(cls)
model = keras.Model(ids, out)

# %% train
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), batch_size=64, epochs=10, verbose=2)

# %%
prob = model.predict(X_val, verbose=0)
print("accuracy", (prob.argmax(1) == y_val).mean(), "mean probabilities", prob.mean(0).round(3))
