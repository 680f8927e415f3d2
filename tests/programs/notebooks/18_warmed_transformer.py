# %%
# which phase does an order belong to? event sequences of different lengths
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(50)
MAXLEN, EVENTS, DIM, EPOCHS, BATCH = 24, 20, 32, 8, 64

# %%
rng = np.random.default_rng(50)
def seq():
    n = rng.integers(8, MAXLEN + 1)
    s = rng.integers(3, EVENTS + 1, n)
    a, b = sorted(rng.choice(n, 2, replace=False))
    kind = rng.integers(0, 3)
    if kind == 0:
        s[a], s[b] = 1, 2
    elif kind == 1:
        s[a], s[b] = 2, 1
    else:
        s[a], s[b] = 1, 1
    return s, kind

raw = [seq() for _ in range(4000)]
X = keras.utils.pad_sequences([s for s, _ in raw], maxlen=MAXLEN, padding="post")
y = np.array([k for _, k in raw])
train_ds = tf.data.Dataset.from_tensor_slices((X[:3300], y[:3300])).shuffle(3300).batch(BATCH).prefetch(1)
val_ds = tf.data.Dataset.from_tensor_slices((X[3300:], y[3300:])).batch(BATCH)

# %%
@keras.saving.register_keras_serializable()
class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup, total):
        self.peak, self.warmup, self.total = peak, warmup, total

    def __call__(self, step):
        step = ops.cast(step, "float32")
        up = self.peak * (step + 1) / self.warmup
        frac = ops.clip((step - self.warmup) / (self.total - self.warmup), 0.0, 1.0)
        down = 0.5 * self.peak * (1 + ops.cos(np.pi * frac))
        return ops.where(step < self.warmup, up, down)

    def get_config(self):
        return {"peak": self.peak, "warmup": self.warmup, "total": self.total}


class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=(MAXLEN, DIM), initializer="random_normal", name="table")

    def call(self, x):
        return x + self.table


ids = keras.Input((MAXLEN,), dtype="int32")
keep = layers.Lambda(lambda t: ops.not_equal(t, 0), output_shape=(MAXLEN,))(ids)
h = Positions()(layers.Embedding(EVENTS + 1, DIM)(ids))
att_mask = layers.Lambda(lambda m: m[:, None, :], output_shape=(1, MAXLEN))(keep)
for _ in range(2):
    a = layers.LayerNormalization()(h)
    a = layers.MultiHeadAttention(4, 8)(a, a, attention_mask=att_mask)
    h = layers.Add()([h, a])
    f = layers.LayerNormalization()(h)
    f = layers.Dense(64, activation="gelu")(f)
    h = layers.Add()([h, layers.Dense(DIM)(f)])
h = layers.LayerNormalization()(h)
h = layers.GlobalAveragePooling1D()(h, mask=keep)
out = layers.Dense(3)(h)
model = keras.Model(ids, out)

steps = len(train_ds)
model.compile(
    optimizer=keras.optimizers.AdamW(WarmUpCosine(3e-3, 2 * steps, EPOCHS * steps), weight_decay=1e-4, clipnorm=1.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)

# %% train
history = model.fit(train_ds, validation_data=val_ds, epochs=EPOCHS, verbose=2)

# %%
print(history.history["val_accuracy"])
