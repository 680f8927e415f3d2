import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: base.trainable = True after a first fit, compile not called again (Keras transfer learning guide)"
TITLE = "Fine-tuning: I unfreeze the base for phase two and nothing changes, accuracy stays below 0.6"
TRUTH = {"not-compiled-after-change"}
ALSO = {"frozen-weights", "capacity-too-small", "epochs-too-few", "learning-rate-too-low"}
TASK = "classification"


def digits(seed):
    x, y = load_digits(return_X_y=True)
    p = np.random.default_rng(seed).permutation(len(y))
    return (x[p] / 16).astype("float32").reshape(-1, 8, 8, 1), y[p]


def _make(seed, again):
    keras.utils.set_random_seed(seed)
    x, y = digits(seed)
    base = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(12, 3, activation="relu"),
        layers.Conv2D(12, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ], name="base")  # weights of the previous project would be loaded here
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dense(32, activation="relu"), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=32, validation_split=0.2, verbose=0)

    base.trainable = True
    if again:
        model.compile(keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _make(seed, False)


def fixed(seed=0):
    return _make(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
