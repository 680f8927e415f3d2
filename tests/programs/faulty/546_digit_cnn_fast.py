import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SOURCE = "course forum (first CNN exercise): 'loss jumps in epoch 1, then stays at 2.3'"
TITLE = "CNN on 8x8 digits: after one huge loss it sits at 2.3-2.5 and 10 percent"
TRUTH = {"learning-rate-too-high"}
ALSO = {"dead-relu", "exploding-gradient", "optimizer"}
TASK = "classification"


def _case(seed, lr):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[i].reshape(-1, 8, 8, 1) / 16).astype("float32"), y[i]
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=lr), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=8, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 0.3)


def fixed(seed=0):
    return _case(seed, 0.002)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
