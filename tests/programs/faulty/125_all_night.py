import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes

SOURCE = "synthetic; pattern: many epochs and no early stopping"
TITLE = "Diabetes progression: training loss near zero, validation loss is best after a few epochs, then climbs"
TRUTH = {"epochs-too-many"}
ALSO = {"capacity-too-large", "regularization", "dropout", "too-little-data"}
TASK = "regression"


def _data(seed):
    x, y = load_diabetes(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = x[i], y[i]
    return ((x - x.mean(0)) / x.std(0)).astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def _net():
    model = keras.Sequential([
        keras.Input((10,)),
        layers.Dense(96, activation="relu"),
        layers.Dense(96, activation="relu"),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="mse", metrics=["mae"])
    return model


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=60, batch_size=48, validation_split=0.25))


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = _data(seed)
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=8, restore_best_weights=True)
    return dict(model=_net(), x=x, y=y, fit=dict(epochs=60, batch_size=48, validation_split=0.25, callbacks=[stop]))


def good(history, model, x, y):
    n = int(len(y) * 0.75)
    p = model.predict(x[n:], verbose=0).ravel()
    return bool(np.mean((p - y[n:]) ** 2) < 1.2 * min(history.history["val_loss"]))
