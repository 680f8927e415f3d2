import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "style of the keras.losses.Hinge reference"
TITLE = "Labels -1 and 1, tanh output, hinge loss, own sign accuracy"
TASK = "binary classification"


def sign_accuracy(y_true, y_pred):
    return ops.mean(ops.cast(ops.equal(ops.sign(y_true), ops.sign(y_pred)), "float32"), axis=-1)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_breast_cancer(return_X_y=True)
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    xt, xv, yt, yv = train_test_split(x, sign, test_size=0.2, stratify=y, random_state=seed)
    s = StandardScaler().fit(xt)
    model = keras.Sequential([
        keras.Input((30,)),
        layers.Dense(24, activation="tanh"),
        layers.Dense(1, activation="tanh"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="hinge", metrics=[sign_accuracy])
    return dict(model=model, x=s.transform(xt), y=yt,
                fit=dict(epochs=20, batch_size=32, validation_data=(s.transform(xv), yv)))


def good(history, model, x, y):
    return bool(history.history["val_sign_accuracy"][-1] > 0.92)
