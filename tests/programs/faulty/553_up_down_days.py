import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "course forum; labels taken over from an SVM exercise"
TITLE = "Loss becomes negative and runs to minus infinity, accuracy under one half"
TRUTH = {"label-encoding"}
ALSO = {"loss-mismatch", "output-activation"}
TASK = "binary classification"


def _case(seed, recode):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1600, 8)).astype("float32")
    score = x[:, 0] * 1.2 - x[:, 3] + 0.8 * x[:, 5] + rng.normal(0, 0.3, 1600)
    y = np.sign(score).astype("float32")
    if recode:
        y = (y + 1) / 2
    ds = tf.data.Dataset.from_tensor_slices((x[:1300], y[:1300])).shuffle(1300, seed=seed).batch(32)
    va = tf.data.Dataset.from_tensor_slices((x[1300:], y[1300:])).batch(64)
    model = keras.Sequential([
        keras.Input((8,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=ds, y=None, fit=dict(epochs=12, validation_data=va))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85 and history.history["val_loss"][-1] >= 0)
