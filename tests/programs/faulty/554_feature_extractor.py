import keras
import numpy as np
from keras import layers

SOURCE = "StackOverflow / transfer learning tutorials adapted to own network"
TITLE = "Followed the transfer learning tutorial with my own small backbone, loss hardly moves"
TRUTH = {"frozen-weights"}
ALSO = {"weight-init", "learning-rate-too-low", "capacity-too-small"}
TASK = "classification"


def _images(rng, n):
    x = rng.normal(0, 0.25, (n, 16, 16, 1))
    y = rng.integers(0, 4, n)
    r = np.arange(16)
    for i in range(n):
        f, ph = rng.uniform(0.9, 1.2), rng.uniform(0, 6.3)
        u = [r[:, None] + 0 * r[None], r[None] + 0 * r[:, None], (r[:, None] + r[None]) * 0.7, (r[:, None] - r[None]) * 0.7][y[i]]
        x[i, :, :, 0] += 0.5 * np.sin(f * u + ph)
    return x.astype("float32"), y


def _case(seed, trainable):
    keras.utils.set_random_seed(seed)
    x, y = _images(np.random.default_rng(seed), 1000)
    base = keras.Sequential([
        keras.Input((16, 16, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(8, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ], name="backbone")
    base.trainable = trainable
    inp = keras.Input((16, 16, 1))
    model = keras.Model(inp, layers.Dense(4, activation="softmax")(base(inp)))
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
