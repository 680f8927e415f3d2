import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "SO pattern: EfficientNet-like backbone, ImageDataGenerator(rescale=1/255) kept from an older project"
TITLE = "Transfer learning to the digits 5-9 with our backbone: accuracy stays near 0.2-0.4"
TRUTH = {"preprocessing-mismatch"}
ALSO = {"input-not-scaled", "frozen-weights", "epochs-too-few", "learning-rate-too-low", "constant-feature"}
TASK = "classification"


def _grey(pics):
    return np.clip(pics.reshape(-1, 8, 8, 1) / 16.0 * 255.0, 0, 255).astype("float32")


def _backbone(seed):
    """The colleague's network for 0-4; expects 0..255 and rescales by itself."""
    x, y = load_digits(return_X_y=True)
    x, y = _grey(x[y < 5]), y[y < 5]
    base = keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(1 / 127.5, offset=-1.0), layers.Conv2D(16, 3, padding="same", activation="relu"),
                             layers.MaxPooling2D(), layers.Conv2D(32, 3, activation="relu"), layers.Flatten()], name="mini_backbone")
    whole = keras.Sequential([base, layers.Dense(5, activation="softmax")])
    whole.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    whole.fit(x, y, epochs=5, batch_size=32, verbose=0)
    return base


def _case(seed, divide):
    keras.utils.set_random_seed(seed)
    base = _backbone(seed)
    base.trainable = False
    x, y = load_digits(return_X_y=True)
    x, y = x[y > 4], y[y > 4] - 5
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = _grey(x[i]), y[i].astype("int32")
    if divide:
        x = x / 255.0
    inp = keras.Input((8, 8, 1))
    h = base(inp, training=False)
    model = keras.Model(inp, layers.Dense(5, activation="softmax")(h))
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
