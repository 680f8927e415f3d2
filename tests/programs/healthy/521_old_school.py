import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "style of textbooks from before relu"
TITLE = "Sigmoid hidden layer and SGD with learning rate 0.5 and momentum on digits"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, t = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(t))
    x, y = x[i] / 8.0 - 1.0, keras.utils.to_categorical(t[i], 10)
    model = keras.Sequential([
        keras.Input((64,)),
        layers.Dense(40, activation="sigmoid"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(0.5, momentum=0.5), loss="categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=6, restore_best_weights=True)
    return dict(model=model, x=x, y=y, fit=dict(epochs=25, batch_size=32, validation_split=0.2, callbacks=[stop]))


def good(history, model, x, y):
    n = int(0.8 * len(x))
    return bool((model.predict(x[n:], verbose=0).argmax(1) == y[n:].argmax(1)).mean() > 0.93)
