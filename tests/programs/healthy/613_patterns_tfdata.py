import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "style of TensorFlow image tutorial"
TITLE = "Striped, dotted and plain tiles, uint8 images through tf.data with Rescaling and augmentation"
TASK = "classification"


def _tiles(rng, n):
    y = rng.integers(0, 3, n)
    x = rng.normal(110, 15, (n, 20, 20, 1))
    r = np.arange(20)
    for i in range(n):
        p = rng.integers(0, 4)
        if y[i] == 0:
            m = ((r + p) % 4 < 2)[:, None] * np.ones(20)
        elif y[i] == 1:
            m = ((r + p) % 4 < 2)[:, None] * ((r + p) % 4 < 2)[None]
        else:
            m = np.zeros((20, 20))
        x[i, :, :, 0] += 70 * (m - m.mean())
    return np.clip(x, 0, 255).astype("uint8"), y


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _tiles(np.random.default_rng(seed), 1000)
    ds = tf.data.Dataset.from_tensor_slices((x[:800], y[:800])).shuffle(800, seed=seed).batch(32).prefetch(2)
    va = tf.data.Dataset.from_tensor_slices((x[800:], y[800:])).batch(100)
    model = keras.Sequential([
        keras.Input((20, 20, 1)),
        layers.Rescaling(1 / 127.5, offset=-1),
        layers.RandomFlip("horizontal", seed=seed),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(3),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return dict(model=model, x=ds, y=None, fit=dict(epochs=8, validation_data=va))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
