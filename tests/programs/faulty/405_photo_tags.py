import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "SO 45337371 (ten outputs; own data)"
TITLE = "Ten tags per photo, any number may be on, but the net never switches on more than one"
TRUTH = {"output-activation"}
ALSO = {"loss-mismatch", "metric-mismatch", "class-imbalance", "epochs-too-few"}
TASK = "multi-label classification"

TAGS = ["sea", "sky", "dog", "tree", "car", "face", "snow", "night", "food", "text"]


def make_ds(seed, n=1600):
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(77).normal(0, 1, (len(TAGS), 24))
    y = (rng.random((n, len(TAGS))) < np.linspace(0.25, 0.55, len(TAGS))).astype("float32")
    x = (y @ mix + rng.normal(0, 0.5, (n, 24))) / 2
    ds = tf.data.Dataset.from_tensor_slices((x.astype("float32"), y))
    return ds.take(1280).shuffle(1280, seed=seed).batch(32).prefetch(2), ds.skip(1280).batch(128)


def make_model(last):
    inp = keras.Input((24,), name="features")
    h = layers.Dense(96, activation="relu")(inp)
    h = layers.Dropout(0.1)(h)
    h = layers.Dense(48, activation="relu")(h)
    out = layers.Dense(len(TAGS), activation=last, name="tags")(h)
    model = keras.Model(inp, out)
    model.compile("adam", loss="binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy(name="acc")])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    train, val = make_ds(seed)
    return dict(model=make_model("softmax"), x=train, y=None, fit=dict(epochs=15, validation_data=val))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    train, val = make_ds(seed)
    return dict(model=make_model("sigmoid"), x=train, y=None, fit=dict(epochs=15, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_acc"][-1] > 0.9)
