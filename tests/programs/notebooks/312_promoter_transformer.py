# %%
import numpy as np
import keras
from keras import layers, ops

# %% 3-mer tokens of DNA snippets; promoters carry some of the marker 3-mers more often
rng = np.random.default_rng(31)
L, K = 40, 64
markers = [3, 17, 29, 44, 58]
def make(n):
    y = rng.integers(0, 2, n)
    x = rng.integers(0, K, (n, L))
    for i in np.where(y == 1)[0]:
        pos = rng.choice(L, 5, replace=False)
        x[i, pos] = rng.choice(markers, 5)
    return x, y
x_train, y_train = make(2400)
x_val, y_val = make(600)

# %%
class TokenAndPosition(layers.Layer):
    def __init__(self, maxlen, vocab, dim):
        super().__init__()
        self.tok = layers.Embedding(vocab, dim)
        self.pos = layers.Embedding(maxlen, dim)

    def call(self, x):
        return self.tok(x) + self.pos(ops.arange(ops.shape(x)[-1]))

class Block(layers.Layer):
    def __init__(self, dim, heads, ff):
        super().__init__()
        self.att = layers.MultiHeadAttention(heads, dim // heads)
        self.ffn = keras.Sequential([layers.Dense(ff, activation="relu"), layers.Dense(dim)])
        self.n1, self.n2 = layers.LayerNormalization(), layers.LayerNormalization()
        self.drop = layers.Dropout(0.1)

    def call(self, x, training=False):
        x = self.n1(x + self.drop(self.att(x, x), training=training))
        return self.n2(x + self.drop(self.ffn(x), training=training))

# %%
keras.utils.set_random_seed(2)
inputs = keras.Input((L,), dtype="int32")
h = TokenAndPosition(L, K, 32)(inputs)
h = Block(32, 2, 64)(h)
h = Block(32, 2, 64)(h)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(20, activation="relu")(h)
outputs = layers.Dense(2, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.05),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(x_train, y_train, batch_size=64, epochs=8, validation_data=(x_val, y_val), verbose=2)

# %%
print("val accuracy", model.evaluate(x_val, y_val, verbose=0)[1])
