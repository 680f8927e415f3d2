import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: Keras guide on transfer learning and fine-tuning, compile forgotten"
TITLE = "Fine-tuning: after unfreezing the base the second fit goes on exactly as the first"
TRUTH = {"not-compiled-after-change"}
ALSO = {"frozen-weights", "epochs-too-few", "learning-rate-too-low"}
TASK = "classification"


def _data(seed):
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    return (d.images[i] / 16.0).astype("float32")[..., None], d.target[i]


def _net(seed):
    """A base trained for a foreign task (light or dark upper half), and a new head."""
    x, _ = _data(seed)
    base = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.Conv2D(8, 3, strides=2, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ], name="base")
    task = keras.Sequential([base, layers.Dense(1, activation="sigmoid")])
    task.compile(optimizer="adam", loss="binary_crossentropy")
    top = x[:, :4].mean((1, 2, 3)) > x[:, 4:].mean((1, 2, 3))
    task.fit(x, top.astype("float32"), epochs=2, batch_size=64, verbose=0)
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dense(10, activation="softmax")])
    return base, model


def _compile(model):
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])


def _run(seed, again):
    x, y = _data(seed)
    base, model = _net(seed)
    _compile(model)
    model.fit(x, y, epochs=3, batch_size=32, validation_split=0.2, verbose=0)
    base.trainable = True
    if again:
        _compile(model)
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, False)


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
