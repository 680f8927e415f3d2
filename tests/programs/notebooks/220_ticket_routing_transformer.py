# %% [markdown]
# # Routing of support tickets with a small Transformer
# Token ids come from our tokenizer service (0 = pad, 1 = CLS, 2 = "not", 3.. = words).
# Batches are padded to the longest ticket of the batch, rounded up to a multiple of 16.

# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(3)

CFG = dict(vocab=400, n_queues=5, d_model=32, heads=4, ff=64, blocks=2,
           max_len=32, batch=64, epochs=8, peak_lr=2e-3, warmup=150,
           token_dropout=0.15, smoothing=0.1)


# %%
def make_tickets(n, rng):
    """Every queue has key words; a key word right after 'not' doesn't count."""
    keys = np.arange(3, 3 + 5 * 8).reshape(5, 8)
    docs, labels = [], []
    for _ in range(n):
        q = rng.integers(5)
        other = (q + rng.integers(1, 5)) % 5
        words = list(rng.integers(43, CFG["vocab"], rng.integers(6, 20)))
        for _ in range(rng.integers(3, 6)):
            words.insert(rng.integers(len(words) + 1), int(rng.choice(keys[q])))
        for _ in range(rng.integers(1, 3)):
            p = rng.integers(len(words) + 1)
            words[p:p] = [2, int(rng.choice(keys[other]))]
        docs.append(np.array([1] + words[:CFG["max_len"] - 1]))
        labels.append(q if rng.random() > 0.02 else rng.integers(5))
    return docs, np.array(labels)


rng = np.random.default_rng(0)
train_docs, y_train = make_tickets(3500, rng)
val_docs, y_val = make_tickets(900, rng)
print("lengths", np.percentile([len(d) for d in train_docs], [0, 50, 100]))


# %%
class TicketBatches(keras.utils.PyDataset):
    def __init__(self, docs, labels, batch, shuffle, **kw):
        super().__init__(**kw)
        self.docs, self.labels, self.batch, self.shuffle = docs, labels, batch, shuffle
        self.rng = np.random.default_rng(1)
        self.order = np.arange(len(docs))
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.docs) // self.batch)

    def __getitem__(self, i):
        idx = self.order[i * self.batch:(i + 1) * self.batch]
        width = -(-max(len(self.docs[j]) for j in idx) // 16) * 16
        ids = np.zeros((len(idx), width), "int32")
        for row, j in enumerate(idx):
            ids[row, :len(self.docs[j])] = self.docs[j]
        return ids, np.eye(CFG["n_queues"], dtype="float32")[self.labels[idx]]

    def on_epoch_end(self):
        if self.shuffle:
            self.rng.shuffle(self.order)


class Embed(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.tok = layers.Embedding(CFG["vocab"], CFG["d_model"])
        self.pos = layers.Embedding(CFG["max_len"], CFG["d_model"])

    def call(self, ids, training=False):
        if training:  # whole words are blanked (never the CLS token)
            keep = tf.random.uniform(tf.shape(ids)) >= CFG["token_dropout"]
            ids = tf.where(keep | (ids <= 2), ids, tf.fill(tf.shape(ids), CFG["vocab"] - 1))
        return self.tok(ids) + self.pos(ops.arange(ops.shape(ids)[1]))[None]


class PreNormBlock(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.n1, self.n2 = layers.LayerNormalization(), layers.LayerNormalization()
        self.att = layers.MultiHeadAttention(CFG["heads"], CFG["d_model"] // CFG["heads"])
        self.ff = keras.Sequential([layers.Dense(CFG["ff"], activation="gelu"),
                                    layers.Dropout(0.1), layers.Dense(CFG["d_model"])])

    def call(self, x, pad_mask, training=False):
        h = self.n1(x)
        x = x + self.att(h, h, attention_mask=pad_mask[:, None, :], training=training)
        return x + self.ff(self.n2(x), training=training)


class TicketModel(keras.Model):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.embed = Embed()
        self.blocks = [PreNormBlock() for _ in range(CFG["blocks"])]
        self.norm = layers.LayerNormalization()
        self.head = layers.Dense(CFG["n_queues"])

    def call(self, ids, training=False):
        pad_mask = ops.not_equal(ids, 0)
        x = self.embed(ids, training=training)
        for b in self.blocks:
            x = b(x, pad_mask, training=training)
        return self.head(self.norm(x[:, 0]))


class InverseSqrt(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup):
        self.peak, self.warmup = peak, warmup

    def __call__(self, step):
        s = ops.cast(step, "float32") + 1.0
        return self.peak * ops.minimum(s / self.warmup, ops.sqrt(self.warmup / s))

    def get_config(self):
        return {"peak": self.peak, "warmup": self.warmup}


# %% train
model = TicketModel()
model.compile(
    optimizer=keras.optimizers.AdamW(InverseSqrt(CFG["peak_lr"], CFG["warmup"]), weight_decay=1e-3),
    loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=CFG["smoothing"]),
    metrics=["accuracy"],
    jit_compile=False,  # the width of the batches varies
)
history = model.fit(TicketBatches(train_docs, y_train, CFG["batch"], True),
                    validation_data=TicketBatches(val_docs, y_val, 128, False),
                    epochs=CFG["epochs"], verbose=2)

# %%
val_batches = TicketBatches(val_docs, y_val, 128, False)
pred = np.concatenate([model(val_batches[i][0]).numpy().argmax(1) for i in range(len(val_batches))])
for q in range(CFG["n_queues"]):
    print("queue", q, "recall", round(float((pred[y_val == q] == q).mean()), 3))
