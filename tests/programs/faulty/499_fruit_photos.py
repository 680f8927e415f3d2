import keras
import numpy as np
from keras import layers

SOURCE = "pattern: SO 'training accuracy 0.95 but validation at chance', cv2 images"
TITLE = "Fruit thumbnails: train accuracy above 0.9, validation accuracy worse than guessing"
TRUTH = {"distribution-shift"}
ALSO = {"preprocessing-mismatch", "input-not-scaled"}
TASK = "classification"

TINT = np.array([[200, 60, 50], [70, 60, 190], [190, 170, 60], [70, 180, 190]], "float32")  # rgb: apple plum lemon pear


def _imread(seed, n=900, size=16):
    """What cv2.imread gives: uint8 in the order blue, green, red."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    g = np.arange(size)
    c = rng.uniform(5, 11, (n, 2))
    d2 = (g[None, :, None] - c[:, 0, None, None]) ** 2 + (g[None, None, :] - c[:, 1, None, None]) ** 2
    disc = (d2 < rng.uniform(10, 25, (n, 1, 1)))[..., None]
    wall = rng.uniform(90, 150, (n, 1, 1, 1)) + rng.normal(0, 20, (n, 1, 1, 3))
    tint = TINT[y][:, None, None, :] + rng.normal(0, 28, (n, 1, 1, 3))
    rgb = np.where(disc, tint, wall) + rng.normal(0, 22, (n, size, size, 3))
    return np.clip(rgb, 0, 255).astype("uint8")[..., ::-1], y


def prepare(bgr):
    return bgr[..., ::-1].astype("float32") / 127.5 - 1.0


def batches(images, labels, size, seed):
    rng = np.random.default_rng(seed)
    while True:
        i = rng.permutation(len(images))
        for k in range(0, len(i) - size + 1, size):
            j = i[k:k + size]
            yield prepare(images[j]), labels[j]


def _case(seed, prepare_val):
    keras.utils.set_random_seed(seed)
    images, y = _imread(seed)
    held = images[700:]
    held = prepare(held) if prepare_val else held.astype("float32")
    model = keras.Sequential([
        keras.Input((16, 16, 3)),
        layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(12, 3, activation="relu"), layers.GlobalMaxPooling2D(),
        layers.Dense(4, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=batches(images[:700], y[:700], 25, seed), y=None,
                fit=dict(epochs=12, steps_per_epoch=28, validation_data=(held, y[700:])))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.8)
