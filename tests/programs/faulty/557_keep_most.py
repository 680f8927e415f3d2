import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "StackOverflow, old TensorFlow 1 code (keep_prob) moved to Keras"
TITLE = "Moved my old TF1 digits net to Keras, same numbers everywhere, now it stays at 10 %"
TRUTH = {"dropout"}
ALSO = {"capacity-too-small", "epochs-too-few", "regularization"}
TASK = "classification"


def _case(seed, rate):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i] / 16.0).astype("float32"), keras.utils.to_categorical(y[i], 10)
    keep_prob = 0.95
    rate = keep_prob if rate is None else rate
    model = keras.Sequential([keras.Input((64,))])
    for units in (48, 48, 32):
        model.add(layers.Dense(units, activation="relu"))
        model.add(layers.Dropout(rate))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, None)


def fixed(seed=0):
    return _case(seed, 0.05)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
