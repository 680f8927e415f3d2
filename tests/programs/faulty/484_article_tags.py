import keras
import numpy as np
from keras import layers

SOURCE = "synthetic; pattern: a softmax head kept when a one-topic classifier was turned into a tagger"
TITLE = "Tagging articles with several tags: it never gives more than one tag, binary_accuracy sticks"
TRUTH = {"output-activation"}
ALSO = {"loss-mismatch", "metric-mismatch", "from-logits"}
TASK = "multi-label classification"
TAGS = 6


class Block(layers.Layer):
    """A small self-attention block."""

    def __init__(self, width, **kw):
        super().__init__(**kw)
        self.att = layers.MultiHeadAttention(2, width // 2)
        self.norm = layers.LayerNormalization()

    def call(self, x):
        return self.norm(x + self.att(x, x))


def articles(seed, n=1500, length=24):
    rng = np.random.default_rng(seed)
    y = (rng.random((n, TAGS)) < 0.4).astype("float32")
    x = rng.integers(61, 300, (n, length))
    for i in range(n):
        place = rng.permutation(length)
        k = 0
        for t in np.flatnonzero(y[i]):
            for _ in range(rng.integers(1, 4)):
                x[i, place[k]] = 1 + 10 * t + rng.integers(10)
                k += 1
    return x.astype("int32"), y


def _case(seed, head):
    keras.utils.set_random_seed(seed)
    x, y = articles(seed)
    inp = keras.Input((x.shape[1],), dtype="int32")
    h = layers.Embedding(300, 16)(inp)
    h = Block(16)(h)
    h = layers.GlobalMaxPooling1D()(h)
    h = layers.Dense(48, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(TAGS, activation=head)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["binary_accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, "softmax")


def fixed(seed=0):
    return _case(seed, "sigmoid")


def good(history, model, x, y):
    return bool(history.history["val_binary_accuracy"][-1] > 0.88 and history.history["val_loss"][-1] < 0.35)
