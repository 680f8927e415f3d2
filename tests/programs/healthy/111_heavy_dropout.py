import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of the dropout paper: wide layers, half of them dropped"
TITLE = "Dropout 0.5 on wide layers: training accuracy stays below validation accuracy, and that is fine"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    d = load_digits()
    i = np.random.default_rng(seed).permutation(len(d.target))
    x = (d.images[i] / 16.0).astype("float32")
    model = keras.Sequential([
        keras.Input((8, 8)),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=d.target[i], fit=dict(epochs=12, batch_size=64, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.94)
