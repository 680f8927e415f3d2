import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic (Keras transfer learning guide: scaling of the base, recompile after unfreezing)"
TITLE = "Fine-tuning an encoder trained by a colleague: phase two changes nothing and accuracy stays at 0.65"
TRUTH = {"preprocessing-mismatch", "not-compiled-after-change"}
ALSO = {"input-not-scaled", "frozen-weights", "vanishing-gradient", "hidden-activation", "epochs-too-few"}
TASK = "classification"


def _encoder(x, y):
    """The colleague's network: digits 0 to 4, pixels from -1 to 1."""
    encoder = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(64, activation="tanh"),
        layers.Dense(24, activation="tanh"),
    ], name="encoder")
    full = keras.Sequential([keras.Input((64,)), encoder, layers.Dense(5, activation="softmax")])
    full.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy")
    keep = y < 5
    full.fit(x[keep] / 127.5 - 1, y[keep], epochs=12, batch_size=32, verbose=0)
    return encoder


def _run(seed, prepare, again):
    keras.utils.set_random_seed(seed)
    pixels, digit = load_digits(return_X_y=True)
    pixels = pixels * 255 / 16
    encoder = _encoder(pixels, digit)
    encoder.trainable = False

    keep = digit >= 5
    x, y = prepare(pixels[keep]).astype("float32"), digit[keep] - 5
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order]
    x_train, y_train, x_val, y_val = x[:250], y[:250], x[250:], y[250:]

    inp = keras.Input((64,))
    model = keras.Model(inp, layers.Dense(5, activation="softmax")(encoder(inp)))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=5, batch_size=16, verbose=0)

    encoder.trainable = True
    if again:
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x_train, y=y_train, fit=dict(epochs=15, batch_size=16, validation_data=(x_val, y_val)))


def build(seed=0):
    return _run(seed, lambda p: p, again=False)


def fixed(seed=0):
    return _run(seed, lambda p: p / 127.5 - 1, again=True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.93)
