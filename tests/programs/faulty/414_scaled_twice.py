import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: images already divided by 255 given to a model that rescales, base left frozen"
TITLE = "Small CNN fed by a generator, stuck near one in ten"
TRUTH = {"preprocessing-mismatch", "frozen-weights"}
ALSO = {"learning-rate-too-low", "epochs-too-few", "constant-feature", "input-not-scaled", "capacity-too-small"}
TASK = "classification"


def _run(seed, raw_pixels, unfreeze):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    order = np.random.default_rng(seed).permutation(1797)
    img = d.images[order][..., None] * (255.0 / 16.0)
    if not raw_pixels:
        img = img / 255.0
    img, lab = img.astype("float32"), d.target[order]

    base = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Rescaling(1.0 / 127.5, offset=-1.0),
        layers.Conv2D(12, 3, activation="relu"),
        layers.Conv2D(24, 3, activation="relu"),
        layers.GlobalMaxPooling2D(),
    ], name="backbone")
    base.trainable = bool(unfreeze)
    model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dense(10, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def gen(rng=np.random.default_rng(seed + 1)):
        while True:
            k = rng.integers(0, 1450, 32)
            yield img[k], lab[k]

    return dict(model=model, x=gen(), y=None, fit=dict(epochs=12, steps_per_epoch=45, validation_data=(img[1450:], lab[1450:])))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
