# %%
import random
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(77)
MAXLEN, VOCAB, DIM = 32, 400, 32

# %%
# helpdesk tickets -> queue
words = {
    0: "invoice refund charged payment card billing receipt amount vat".split(),
    1: "crash error freeze bug exception screen restart update version".split(),
    2: "password login account locked reset email username verify access".split(),
}
filler = ("hello i have please could you help with my since yesterday and the it is not again we our team "
          "thanks tried today really still need this that when after before very product").split()
rnd = random.Random(77)

def ticket(queue):
    n = rnd.randint(7, 22)
    toks = [rnd.choice(filler) for _ in range(n)]
    for _ in range(rnd.randint(2, 3)):
        toks[rnd.randrange(n)] = rnd.choice(words[queue])
    if rnd.random() < 0.25:
        toks[rnd.randrange(n)] = rnd.choice(words[rnd.randrange(3)])
    return "[cls] " + " ".join(toks)

y = np.array([rnd.randrange(3) for _ in range(3000)])
texts = np.array([ticket(q) for q in y])
print(texts[:3], y[:3])

# %%
vectorize = layers.TextVectorization(max_tokens=VOCAB, output_sequence_length=MAXLEN, standardize=None)
vectorize.adapt(texts[:2400])
X = np.asarray(vectorize(texts))
x_tr, x_va, y_tr, y_va = X[:2400], X[2400:], y[:2400], y[2400:]

# %%
class TokenAndPosition(layers.Layer):
    def __init__(self, maxlen, vocab, dim):
        super().__init__()
        self.tok = layers.Embedding(vocab, dim)
        self.pos = layers.Embedding(maxlen, dim)

    def call(self, ids):
        return self.tok(ids) + self.pos(ops.arange(ops.shape(ids)[-1]))


class EncoderBlock(layers.Layer):
    def __init__(self, dim, heads, ff):
        super().__init__()
        self.att = layers.MultiHeadAttention(heads, dim // heads)
        self.ffn = keras.Sequential([layers.Dense(ff, activation="gelu"), layers.Dense(dim)])
        self.n1, self.n2 = layers.LayerNormalization(), layers.LayerNormalization()

    def call(self, x, padding_mask):
        a = self.att(x, x, attention_mask=padding_mask[:, None, :])
        x = self.n1(x + a)
        return self.n2(x + self.ffn(x))


ids = keras.Input((MAXLEN,), dtype="int64")
mask = layers.Lambda(lambda t: ops.equal(t, 0), output_shape=(MAXLEN,))(ids)
h = TokenAndPosition(MAXLEN, VOCAB, DIM)(ids)
h = EncoderBlock(DIM, 4, 64)(h, mask)
h = EncoderBlock(DIM, 4, 64)(h, mask)
h = layers.Dropout(0.1)(h[:, 0])
out = layers.Dense(3, activation="softmax")(h)
model = keras.Model(ids, out)
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
model.fit(x_tr, y_tr, validation_data=(x_va, y_va), batch_size=64, epochs=8, verbose=2)

# %%
print("final", model.evaluate(x_va, y_va, verbose=0))
