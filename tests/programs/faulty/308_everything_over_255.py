import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SOURCE = "SO 59325381"
TITLE = "Handwritten digits: the loss is 0.0000 after a moment, yet it predicts 0 for every image"
TRUTH = {"label-encoding"}
ALSO = {"single-class", "metric-mismatch", "target-not-scaled"}
TASK = "classification"


def scale_both(img, lab):
    return tf.cast(img, tf.float32) / 255.0, tf.cast(lab, tf.float32) / 255.0


def scale_image(img, lab):
    return tf.cast(img, tf.float32) / 255.0, lab


def _make(seed, mapping):
    keras.utils.set_random_seed(seed)
    pix, num = load_digits(return_X_y=True)
    pix = (pix * 15.9).astype("uint8").reshape(-1, 8, 8)
    a, b, ya, yb = train_test_split(pix, num, test_size=0.25, random_state=seed, stratify=num)
    train = tf.data.Dataset.from_tensor_slices((a, ya)).cache().shuffle(len(a), seed=seed).map(mapping).batch(48)
    test = tf.data.Dataset.from_tensor_slices((b, yb)).map(mapping).batch(48)
    model = keras.models.Sequential([
        keras.Input((8, 8)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=15, validation_data=test))


def build(seed=0):
    return _make(seed, scale_both)


def fixed(seed=0):
    return _make(seed, scale_image)


def good(history, model, x, y):
    pix, num = load_digits(return_X_y=True)
    p = model.predict((pix * 15.9 / 255).reshape(-1, 8, 8), verbose=0).argmax(1)
    return bool(np.mean(p == num) > 0.88)
