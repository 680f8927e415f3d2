import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "StackOverflow / keras issues, 'BatchNormalization: good training accuracy, bad validation accuracy'"
TITLE = "Training accuracy 0.99 but val_accuracy far below, and evaluate() on the very training images is just as bad"
TRUTH = {"batchnorm"}
ALSO = {"epochs-too-few", "distribution-shift"}
TASK = "classification"


def _case(seed, momentum):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i].reshape(-1, 8, 8, 1) / 16).astype("float32"), y[i]
    inp = keras.Input((8, 8, 1))
    h = inp
    for k in (12, 24):
        h = layers.Conv2D(k, 3, padding="same", use_bias=False)(h)
        h = layers.BatchNormalization(momentum=momentum)(h)
        h = layers.Activation("relu")(h)
    h = layers.MaxPooling2D()(h)
    h = layers.Flatten()(h)
    h = layers.Dense(32, use_bias=False)(h)
    h = layers.BatchNormalization(momentum=momentum)(h)
    h = layers.Activation("relu")(h)
    model = keras.Model(inp, layers.Dense(10, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=7, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 0.9999)


def fixed(seed=0):
    return _case(seed, 0.9)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9 and history.history["val_loss"][-1] < 0.5)
