import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of self-normalising nets: selu, lecun_normal, AlphaDropout"
TITLE = "Eight selu layers with lecun_normal weights on standardised pixels; three pixel columns never change"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = x[i], y[i]
    x = (x - x.mean(0)) / np.maximum(x.std(0), 1.0)
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(8):
        model.add(layers.Dense(48, activation="selu", kernel_initializer="lecun_normal"))
    model.add(layers.AlphaDropout(0.05))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x.astype("float32"), y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
