import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO 41947039 family; pattern: preprocess_input left out before a frozen base"
TITLE = "Borrowed feature extractor: the new head does not pass 0.5, the loss begins at 60"
TRUTH = {"preprocessing-mismatch"}
ALSO = {"input-not-scaled", "frozen-weights", "learning-rate-too-high", "exploding-gradient", "capacity-too-small"}
TASK = "classification"


def _images(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    return np.round(d.images[i] * (255 / 16)).astype("float32")[..., None], d.target[i]


def _base(seed):
    """Trained on digits 0 to 4, pixels in [-1, 1], with tanh units."""
    x, y = _images(seed)
    x, y = x[y < 5] / 127.5 - 1, y[y < 5]
    base = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="tanh"),
        layers.Flatten(),
        layers.Dense(48, activation="tanh"),
    ], name="features")
    whole = keras.Sequential([base, layers.Dense(5, activation="softmax")])
    whole.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy")
    whole.fit(x, y, epochs=5, batch_size=32, verbose=0)
    base.trainable = False
    return base


def _run(seed, preprocess):
    base = _base(seed)
    x, y = _images(seed)
    x, y = x[y >= 5], y[y >= 5] - 5
    if preprocess:
        x = x / 127.5 - 1
    inp = keras.Input((8, 8, 1))
    h = layers.Dropout(0.2)(base(inp, training=False))
    model = keras.Model(inp, layers.Dense(5, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, False)


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
