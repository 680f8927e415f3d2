import keras
import numpy as np
from keras import layers

SOURCE = "DeepLocalize GitHub case Traffic-Sign-Classifier"
TITLE = "Traffic signs: after a short start the loss is ln 4 and no weight of the convolutions changes any more"
TRUTH = {"learning-rate-too-high", "dead-relu"}
ALSO = {"hidden-activation", "vanishing-gradient", "exploding-gradient"}
TASK = "classification"


def _signs(seed, n=1000):
    """Disc, triangle, square and cross of random colour, size and place on a noisy ground."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    v, u = np.mgrid[0:16, 0:16]
    x = rng.normal(0.35, 0.08, (n, 16, 16, 3))
    for i in range(n):
        a, b, r = rng.uniform(6, 10), rng.uniform(6, 10), rng.uniform(3, 5)
        dv, du = v - a, u - b
        mask = [
            dv ** 2 + du ** 2 < r ** 2,
            (np.abs(du) < (dv + r) / 2) & (dv < r),
            (np.abs(dv) < r) & (np.abs(du) < r),
            ((np.abs(dv) < 1.2) | (np.abs(du) < 1.2)) & (np.abs(dv) < r) & (np.abs(du) < r),
        ][y[i]]
        x[i, mask] += rng.uniform(0.2, 0.6, 3)
    return np.clip(x, 0, 1).astype("float32"), y


def _net(rate):
    inp = keras.Input((16, 16, 3))
    h = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
    h = layers.MaxPooling2D(2)(h)
    h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
    h = layers.MaxPooling2D(2)(h)
    h = layers.Flatten()(h)
    h = layers.Dense(64, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(4, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _signs(seed)
    return dict(model=_net(0.1), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _signs(seed)
    return dict(model=_net(0.002), x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.75)
