import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_iris

SOURCE = "style of beginner tutorials on iris"
TITLE = "Iris in centimetres, not standardised, shuffled by hand"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_iris(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(16, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x[i].astype("float32"), y=keras.utils.to_categorical(y[i], 3),
                fit=dict(epochs=50, batch_size=8, validation_split=0.2))


def good(history, model, x, y):
    return bool((model.predict(x, verbose=0).argmax(1) == y.argmax(1)).mean() > 0.94)
