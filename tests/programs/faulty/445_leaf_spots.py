import keras
import numpy as np
from keras import layers

SOURCE = "synthetic (linear head under BinaryCrossentropy; SO 37624102 for the step size)"
TITLE = "Leaf diseases, several at once: the loss hardly moves and the scores look random"
TRUTH = {"from-logits", "learning-rate-too-high"}
ALSO = {"output-activation", "loss-mismatch", "dead-relu"}
TASK = "multi-label"
NAMES = ["rust", "mildew", "hole", "edge burn", "vein", "frost", "stripe"]


def _leaves(seed, n=1200, size=18):
    rng = np.random.default_rng(seed)
    tags = rng.random((n, 7)) < [0.35, 0.3, 0.3, 0.3, 0.25, 0.4, 0.3]
    r, c = np.mgrid[:size, :size]
    x = 0.45 + rng.normal(0, 0.06, (n, size, size, 2))
    for i in range(n):
        if tags[i, 0]:
            for a, b in rng.integers(1, size - 1, (4, 2)):
                x[i, a:a + 2, b:b + 2, 0] += 0.35
        if tags[i, 1]:
            a, b = rng.uniform(4, size - 4, 2)
            x[i, ..., 1] += 0.3 * np.exp(-((r - a) ** 2 + (c - b) ** 2) / 14)
        if tags[i, 2]:
            a, b = rng.uniform(4, size - 4, 2)
            x[i][(r - a) ** 2 + (c - b) ** 2 < 4.5] = 0.05
        if tags[i, 3]:
            x[i, :, -2:, 0] -= 0.25
        if tags[i, 4]:
            x[i, rng.integers(2, size - 2), :, 1] += 0.35
        if tags[i, 5]:
            x[i, ..., 0] += 0.12
        if tags[i, 6]:
            x[i, :, rng.integers(2, size - 4), 0] -= 0.3
    return np.clip(x, 0, 1).astype("float32"), tags.astype("float32")


class Spotter(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(48, activation="relu"),
        ])
        self.head = layers.Dense(len(NAMES))

    def call(self, x):
        return self.head(self.body(x))


def _run(seed, loss, rate):
    keras.utils.set_random_seed(seed)
    x, y = _leaves(seed)
    model = Spotter()
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=rate), loss=loss)
    return dict(model=model, x=x[:1000], y=y[:1000], fit=dict(epochs=15, batch_size=32, validation_data=(x[1000:], y[1000:])))


def build(seed=0):
    return _run(seed, keras.losses.BinaryCrossentropy(), 0.015)


def fixed(seed=0):
    return _run(seed, keras.losses.BinaryCrossentropy(from_logits=True), 0.005)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.16)
