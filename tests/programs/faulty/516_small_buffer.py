import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

SOURCE = "TensorFlow forum pattern: table exported crop by crop, shuffle() in the pipeline"
TITLE = "I do call shuffle, still the loss saws up and down and validation favours one crop"
TRUTH = {"unshuffled-data"}
ALSO = {"batch-size", "learning-rate-too-high", "distribution-shift"}
TASK = "classification"

CROPS = ["wheat", "maize", "rape", "beet", "potato"]


def _fields(rng, n):
    centre = np.random.default_rng(21).normal(0, 1.0, (5, 8))
    k = rng.integers(0, 5, n)
    df = pd.DataFrame(centre[k] + rng.normal(0, 1.1, (n, 8)), columns=[f"band{i}" for i in range(1, 9)])
    df["crop"] = pd.Categorical.from_codes(k, CROPS)
    return df


def _arrays(df):
    return df.drop(columns="crop").to_numpy("float32"), df["crop"].cat.codes.to_numpy("int32")


def _case(seed, buffer):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    survey = _fields(rng, 3200).sort_values("crop", kind="stable")          # the agency delivers one file per crop
    check = _fields(rng, 600)
    train = tf.data.Dataset.from_tensor_slices(_arrays(survey)).shuffle(buffer, seed=seed).batch(16).prefetch(2)
    val = tf.data.Dataset.from_tensor_slices(_arrays(check)).batch(100)
    inp = keras.Input((8,))
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(24, activation="relu")(h)
    model = keras.Model(inp, layers.Dense(5, activation="softmax")(h))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=8, validation_data=val))


def build(seed=0):
    return _case(seed, 32)


def fixed(seed=0):
    return _case(seed, 3200)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.7)
