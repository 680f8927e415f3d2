# %% [markdown]
# # Session classification from event codes
# Each session is a list of 24 event codes (vocabulary 40). Suspicious sessions contain more of the
# password / export / permission events. Small Transformer encoder.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers, ops
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(6)
rng = np.random.default_rng(6)
VOCAB, LENGTH = 40, 24

# %%
n = 1600
suspicious = rng.integers(0, 2, n)
weights = np.ones((2, VOCAB))
weights[1, [3, 7, 11, 19, 28, 33]] = 3.0
weights /= weights.sum(1, keepdims=True)
events = np.stack([rng.choice(VOCAB, LENGTH, p=weights[k]) for k in suspicious]).astype("int32")
X_tr, X_va, y_tr, y_va = train_test_split(events, suspicious, test_size=0.25, stratify=suspicious, random_state=6)
print(X_tr.shape, y_tr.mean())


# %%
class TokenAndPosition(layers.Layer):
    def __init__(self, length, vocab, dim, **kw):
        super().__init__(**kw)
        self.tok = layers.Embedding(vocab, dim)
        self.pos = layers.Embedding(length, dim)
        self.length = length

    def call(self, x):
        return self.tok(x) + self.pos(ops.arange(self.length))


def encoder_block(x, heads, dim, ff):
    a = layers.MultiHeadAttention(heads, dim // heads)(x, x)
    x = layers.LayerNormalization()(x + a)
    f = layers.Dense(dim)(layers.Dense(ff, activation="relu")(x))
    return layers.LayerNormalization()(x + f)


# %%
inp = keras.Input((LENGTH,), dtype="int32")
x = TokenAndPosition(LENGTH, VOCAB, 32)(inp)
x = encoder_block(x, heads=2, dim=32, ff=64)
x = encoder_block(x, heads=2, dim=32, ff=64)
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dense(32, activation="relu")(x)
out = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=8, batch_size=32, verbose=2)

# %%
p = model.predict(X_va, verbose=0).ravel()
print("F1:", f1_score(y_va, p > 0.5), " spread of scores:", p.min(), p.max())
print(pd.DataFrame(history.history).round(3))
