# %%
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(44)

# %%
# support tickets: billing, technical or shipping
rng = np.random.default_rng(44)
topics = [
    "invoice charge refund payment card price tax".split(),
    "crash error screen login update bug slow".split(),
    "parcel delivery courier address late box track".split(),
]
common = "hello i have the a problem with my order from last week and would like help please thanks is not again still".split()

def ticket(k):
    words = list(rng.choice(common, rng.integers(8, 16))) + list(rng.choice(topics[k], 3))
    if rng.uniform() < 0.4:
        words.append(rng.choice(topics[(k + 1) % 3]))
    rng.shuffle(words)
    return " ".join(words)

labels = rng.integers(0, 3, 1500)
texts = np.array([ticket(k) for k in labels])

# %%
MAXLEN, VOCAB, DIM = 24, 80, 32
vectorize = layers.TextVectorization(max_tokens=VOCAB, output_sequence_length=MAXLEN)
vectorize.adapt(texts[:1200])
tokens = vectorize(texts).numpy()
x_train, y_train = tokens[:1200], labels[:1200]
x_test, y_test = tokens[1200:], labels[1200:]

# %%
class TokenAndPosition(layers.Layer):
    def __init__(self, maxlen, vocab, dim, **kwargs):
        super().__init__(**kwargs)
        self.maxlen = maxlen
        self.token = layers.Embedding(vocab, dim)
        self.position = layers.Embedding(maxlen, dim)

    def call(self, x):
        return self.token(x) + self.position(ops.arange(self.maxlen))

def encoder_block(x, heads, ff):
    attn = layers.MultiHeadAttention(num_heads=heads, key_dim=DIM // heads)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(x + layers.Dropout(0.1)(attn))
    f = layers.Dense(ff, activation="relu")(x)
    f = layers.Dense(DIM)(f)
    return layers.LayerNormalization(epsilon=1e-6)(x + layers.Dropout(0.1)(f))

inp = keras.Input((MAXLEN,))
x = TokenAndPosition(MAXLEN, VOCAB, DIM)(inp)
x = encoder_block(x, 2, 64)
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dropout(0.1)(x)
out = layers.Dense(3, activation="softmax")(x)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(x_train, y_train, batch_size=32, epochs=6, validation_split=0.1, verbose=2)

# %%
print("test accuracy:", round(model.evaluate(x_test, y_test, verbose=0)[1], 3))
