import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "synthetic; pattern: only the validation pipeline maps x/255 (and keras#7265 for the moving averages)"
TITLE = "CNN with batch normalisation: training 0.99, validation around chance"
TRUTH = {"distribution-shift", "batchnorm"}
ALSO = {"preprocessing-mismatch", "epochs-too-few", "input-not-scaled", "epochs-too-many", "capacity-too-large"}
TASK = "classification"


def _run(seed, same_range, momentum):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    p = np.random.default_rng(seed).permutation(len(d.target))
    x, y = np.round(d.images[p] * 15.9).astype("uint8")[..., None], d.target[p]

    def to_unit(img, lab):
        return tf.cast(img, tf.float32) / 255.0, lab

    train = tf.data.Dataset.from_tensor_slices((x[:1400], y[:1400])).shuffle(1400, seed=seed).batch(32)
    val = tf.data.Dataset.from_tensor_slices((x[1400:], y[1400:]))
    val = (val if same_range else val.map(to_unit)).batch(64)

    inp = keras.Input((8, 8, 1))
    z = inp
    for f in (16, 24):
        z = layers.Conv2D(f, 3, padding="same", use_bias=False)(z)
        z = layers.BatchNormalization(momentum=momentum)(z)
        z = layers.ReLU()(z)
        z = layers.MaxPooling2D()(z)
    z = layers.Flatten()(z)
    z = layers.Dense(32, use_bias=False)(z)
    z = layers.ReLU()(layers.BatchNormalization(momentum=momentum)(z))
    model = keras.Model(inp, layers.Dense(10, activation="softmax")(z))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=7, validation_data=val))


def build(seed=0):
    return _run(seed, False, 0.9999)


def fixed(seed=0):
    return _run(seed, True, 0.9)


def good(history, model, x, y):
    h = history.history
    return bool(h["val_accuracy"][-1] > 0.92 and h["val_loss"][-1] < 0.4)
