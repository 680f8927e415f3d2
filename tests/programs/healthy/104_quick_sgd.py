import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

SOURCE = "style of beginner tutorials; SGD at 0.5 on a small standardised table"
TITLE = "Wine with SGD(0.5): the rate looks high and works"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_wine(return_X_y=True)
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed)
    norm = layers.Normalization()
    norm.adapt(np.asarray(xt))
    model = keras.Sequential([
        keras.Input((13,)),
        norm,
        layers.Dense(16, activation="tanh"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=20, batch_size=32, validation_data=(xv, yv)))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
