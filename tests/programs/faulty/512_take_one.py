import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "TensorFlow forum pattern: a debugging line in the tf.data pipeline"
TITLE = "Symbol images 16x16: training accuracy 1.0, validation far behind, validation loss climbing"
TRUTH = {"too-little-data"}
ALSO = {"capacity-too-large", "epochs-too-many", "regularization", "dropout"}
TASK = "classification"


def _images(rng, n):
    kind = rng.integers(0, 4, n)
    pics = rng.normal(0.25, 0.22, (n, 16, 16))
    for i, k in enumerate(kind):
        r, c, s, v = rng.integers(2, 8), rng.integers(2, 8), rng.integers(5, 8), rng.uniform(0.4, 0.8)
        if k == 0:
            pics[i, r:r + s, c] += v; pics[i, r:r + s, c + s - 1] += v; pics[i, r, c:c + s] += v; pics[i, r + s - 1, c:c + s] += v
        elif k == 1:
            pics[i, r + s // 2, c:c + s] += v; pics[i, r:r + s, c + s // 2] += v
        elif k == 2:
            j = np.arange(s); pics[i, r + j, c + j] += v; pics[i, r + j, c + s - 1 - j] += v
        else:
            pics[i, r, c:c + s] += v; pics[i, r:r + s, c] += v
    return np.clip(pics, 0, 1).astype("float32")[..., None], kind


def _case(seed, debug):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = _images(rng, 1600)
    train = tf.data.Dataset.from_tensor_slices((x[:1200], y[:1200])).batch(32)
    if debug:
        train = train.take(1)
    train = train.unbatch().shuffle(1200, seed=seed).batch(32).prefetch(2)
    val = tf.data.Dataset.from_tensor_slices((x[1200:], y[1200:])).batch(100)
    model = keras.Sequential([keras.Input((16, 16, 1)), layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(),
                              layers.Conv2D(32, 3, activation="relu"), layers.Flatten(), layers.Dense(48, activation="relu"), layers.Dense(4)])
    model.compile(keras.optimizers.Adam(0.003), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=30, validation_data=val))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    return bool(max(history.history["val_accuracy"]) > 0.8)
