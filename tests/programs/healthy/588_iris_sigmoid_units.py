import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_iris

SOURCE = "style of a first neural-network lesson"
TITLE = "Iris with ten sigmoid units and full-batch-like training, 150 rows, unscaled centimetres"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_iris(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = x[i].astype("float32"), keras.utils.to_categorical(y[i], 3)
    norm = layers.Normalization()
    norm.adapt(x[:120])
    model = keras.Sequential([keras.Input((4,)), norm, layers.Dense(10, activation="sigmoid"), layers.Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=40, batch_size=40, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88 and history.history["val_loss"][-1] < 0.4)
