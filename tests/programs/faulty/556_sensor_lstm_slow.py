import keras
import numpy as np
from keras import layers

SOURCE = "StackOverflow, 'LSTM loss decreases only in the fourth digit'"
TITLE = "LSTM on vibration signals: loss 0.69 and goes down by 0.0001 per epoch"
TRUTH = {"learning-rate-too-low"}
ALSO = {"epochs-too-few", "optimizer", "vanishing-gradient"}
TASK = "binary classification"


def _case(seed, lr):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n, steps = 1000, 20
    y = rng.integers(0, 2, n)
    t = np.arange(steps)
    f = np.where(y == 1, 1.3, 0.6)[:, None] + rng.normal(0, 0.05, (n, 1))
    x = np.sin(f * t + rng.uniform(0, 6.28, (n, 1))) + rng.normal(0, 0.2, (n, steps))
    x = x[..., None].astype("float32")
    model = keras.Sequential([
        keras.Input((steps, 1)),
        layers.LSTM(16),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(lr), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y.astype("float32"), fit=dict(epochs=10, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, 1e-6)


def fixed(seed=0):
    return _case(seed, 0.01)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88 and history.history["val_loss"][-1] < 0.45)
