import keras
import numpy as np
from keras import layers

SOURCE = "style of tutorials that pass shuffle=False on rows already in random order"
TITLE = "Independent rows, shuffle=False"
TASK = "binary classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (1800, 10)).astype("float32")
    y = (x[:, 0] + np.sin(2 * x[:, 1]) - x[:, 2] * x[:, 3] > 0).astype("float32")
    model = keras.Sequential([
        keras.Input((10,)),
        layers.Dense(64, activation="swish"),
        layers.Dense(32, activation="swish"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.AdamW(0.003, weight_decay=0.01), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, shuffle=False, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.86)
