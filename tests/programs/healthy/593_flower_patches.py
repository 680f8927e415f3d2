import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "style of keras.io image classification from scratch (Rescaling and augmentation inside the model)"
TITLE = "Raw 0..255 flower patches, flips and noise as layers, early stopping"
TASK = "classification"

TINT = np.array([[220, 70, 120], [230, 210, 60], [150, 80, 210]], "float32")


def _patches(seed, n=900, size=16):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    g = np.arange(size) - 7.5
    r = np.hypot(g[:, None], g[None, :])
    a = np.arctan2(g[:, None], g[None, :])
    petals = np.array([4, 6, 5])[y][:, None, None]
    edge = 5 + 1.5 * np.cos(petals * a + rng.uniform(0, 6.28, (n, 1, 1))) + rng.normal(0, 0.4, (n, 1, 1))
    bloom = (r < edge)[..., None]
    colour = TINT[y][:, None, None, :] + rng.normal(0, 35, (n, 1, 1, 3))
    grass = np.array([60, 120, 50]) + rng.normal(0, 20, (n, 1, 1, 3))
    img = np.where(bloom, colour, grass) + rng.normal(0, 25, (n, size, size, 3))
    return np.clip(img, 0, 255).astype("uint8"), y


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _patches(seed)
    train = tf.data.Dataset.from_tensor_slices((x[:700], y[:700])).shuffle(700, seed=seed).batch(32).prefetch(1)
    val = tf.data.Dataset.from_tensor_slices((x[700:], y[700:])).batch(100)
    i = keras.Input((16, 16, 3))
    h = layers.RandomFlip("horizontal_and_vertical", seed=seed)(i)
    h = layers.Rescaling(1 / 255.0)(h)
    h = layers.GaussianNoise(0.05, seed=seed)(h)
    for f in (8, 16):
        h = layers.Conv2D(f, 3, activation="relu", padding="same")(h)
        h = layers.MaxPooling2D(2)(h)
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(i, layers.Dense(3, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    return dict(model=model, x=train, y=None, fit=dict(epochs=12, validation_data=val, callbacks=[stop]))


def good(history, model, x, y):
    return bool(max(history.history["val_accuracy"]) > 0.9)
