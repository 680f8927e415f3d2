import keras
import numpy as np
from keras import layers

SOURCE = "StackOverflow, 'np.random.shuffle before training'"
TITLE = "Crosses, circles and bars: my eyes tell them apart at once, the CNN stays at 33 %"
TRUTH = {"misaligned-labels"}
ALSO = {"label-noise"}
TASK = "classification"


def _images(rng, n):
    x = rng.normal(0.1, 0.08, (n, 16, 16, 1))
    y = np.arange(n) % 3
    g = np.mgrid[0:16, 0:16]
    for i in range(n):
        a, b = rng.integers(5, 11, 2)
        dy, dx = g[0] - a, g[1] - b
        if y[i] == 0:
            m = (np.abs(np.abs(dy) - np.abs(dx)) < 1) & (np.abs(dy) < 5)
        elif y[i] == 1:
            m = np.abs(np.hypot(dy, dx) - 4) < 0.7
        else:
            m = (np.abs(dx) < 1) & (np.abs(dy) < 5)
        x[i, :, :, 0] += 0.8 * m
    return np.clip(x, 0, 1).astype("float32"), y


def _case(seed, together):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = _images(rng, 1200)
    order = rng.permutation(len(x))
    x = x[order]
    if together:
        y = y[order]
    model = keras.Sequential([
        keras.Input((16, 16, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=7, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
