import keras
import numpy as np
from keras import layers, ops

SOURCE = "style of ordinal regression by cumulative probabilities (CORAL)"
TITLE = "Tasting notes in five ordered grades: one score, four ordered cut points, cumulative sigmoids"
TASK = "ordinal regression"


class CutPoints(layers.Layer):
    """P(grade > k) = sigmoid(score - cut_k), the cuts kept in order by a cumulative sum of positive gaps."""

    def __init__(self, n_cuts, **kw):
        super().__init__(**kw)
        self.n_cuts = n_cuts

    def build(self, shape):
        self.first = self.add_weight(shape=(1,), initializer=keras.initializers.Constant(-1.5), name="first")
        self.gaps = self.add_weight(shape=(self.n_cuts - 1,), initializer="zeros", name="gaps")

    def call(self, score):
        cuts = ops.concatenate([self.first, self.first + ops.cumsum(ops.softplus(self.gaps))])
        return ops.sigmoid(score - cuts)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (3000, 9)).astype("float32")
    score = 2 * x[:, 0] + 1.5 * np.tanh(2 * x[:, 1]) - x[:, 2] * (x[:, 3] > 0) + rng.logistic(0, 0.3, 3000)
    grade = np.digitize(score, [-2.5, -0.8, 0.8, 2.5])
    y = (grade[:, None] > np.arange(4)).astype("float32")
    inp = keras.Input((9,))
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(24, activation="relu")(h)
    out = CutPoints(4, name="cuts")(layers.Dense(1, use_bias=False, name="score")(h))
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["binary_accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=14, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    v = slice(int(0.8 * len(x)), None)
    error = np.abs((model.predict(x[v], verbose=0) > 0.5).sum(1) - y[v].sum(1)).mean()
    return bool(error < 0.4 and history.history["val_binary_accuracy"][-1] > 0.9)
