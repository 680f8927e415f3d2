import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes

SOURCE = "style of small-table tutorials on the diabetes data"
TITLE = "442 patients, L2 and dropout, early stopping: about half the variance can be explained, no more"
TASK = "regression"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_diabetes(return_X_y=True)
    i = np.random.default_rng(seed).permutation(len(y))
    x, y = x[i], y[i]
    k = int(0.8 * len(y))
    x = (x - x[:k].mean(0)) / x[:k].std(0)
    y = (y - y[:k].mean()) / y[:k].std()
    model = keras.Sequential([
        keras.Input((10,)),
        layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
        layers.Dropout(0.2),
        layers.Dense(1),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=["mae"])
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    return dict(model=model, x=x.astype("float32"), y=y.astype("float32"),
                fit=dict(epochs=60, batch_size=16, validation_split=0.2, callbacks=[stop]))


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    k = int(0.8 * len(y))
    return bool(1 - np.mean((p - y)[k:] ** 2) / np.var(y[k:]) > 0.3 and 1 - np.mean((p - y)[:k] ** 2) > 0.45)
