import keras
import numpy as np
from keras import layers

SOURCE = "pattern: SO 'fine-tuning: unfreezing the base makes no difference'"
TITLE = "Second phase of fine-tuning does nothing: the loss goes on exactly where it stood"
TRUTH = {"not-compiled-after-change"}
ALSO = {"frozen-weights"}
TASK = "classification"

S = 16


def _shapes(rng, n):
    """ring, cross, bar, square at random places."""
    y = rng.integers(0, 4, n)
    x = rng.normal(0, 0.35, (n, S, S))
    for k in range(n):
        r, c = rng.integers(4, S - 4, 2)
        if y[k] == 0:
            x[k, r - 3:r + 4, [c - 3, c + 3]] += 1
            x[k, [r - 3, r + 3], c - 2:c + 3] += 1
        elif y[k] == 1:
            x[k, r - 3:r + 4, c] += 1
            x[k, r, c - 3:c + 4] += 1
        elif y[k] == 2:
            x[k, r - 3:r + 4, c - 1:c + 1] += 1
        else:
            x[k, r - 2:r + 3, c - 2:c + 3] += 1
    return x[..., None].astype("float32"), y


def _bright_base(rng):
    """A base trained on another question (is the frame bright?)."""
    base = keras.Sequential([
        keras.Input((S, S, 1)),
        layers.Conv2D(10, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(14, 3, activation="relu"), layers.GlobalMaxPooling2D(),
    ], name="base")
    b = rng.integers(0, 2, 600)
    x = rng.normal(0, 0.35, (600, S, S, 1)) + 0.4 * b[:, None, None, None]
    m = keras.Sequential([base, layers.Dense(1, activation="sigmoid")])
    m.compile("adam", "binary_crossentropy")
    m.fit(x.astype("float32"), b, epochs=2, verbose=0)
    return base


def _compile(model):
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])


def _case(seed, again):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    base = _bright_base(rng)
    x, y = _shapes(rng, 1000)
    base.trainable = False
    model = keras.Sequential([keras.Input((S, S, 1)), base, layers.Dense(4, activation="softmax")])
    _compile(model)
    model.fit(x, y, epochs=3, batch_size=32, validation_split=0.2, verbose=0)  # phase one: the head alone
    base.trainable = True                                                       # phase two: everything
    if again:
        _compile(model)
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.92)
