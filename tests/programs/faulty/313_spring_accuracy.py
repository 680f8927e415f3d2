import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes

SOURCE = "SO 51181393 (accuracy watched in a regression; early stopping added by us)"
TITLE = "Disease progression: accuracy is 0.0000 and training ends after a few epochs, R2 negative"
TRUTH = {"metric-mismatch"}
ALSO = {"epochs-too-few", "learning-rate-too-low", "too-little-data", "loss-mismatch"}
TASK = "regression"


def frame():
    bunch = load_diabetes(as_frame=True)
    df = bunch.data * 21.0  # columns come scaled to unit norm
    target = (bunch.target - bunch.target.mean()) / bunch.target.std()
    return df, target


def _make(seed, watch, mode, metric):
    keras.utils.set_random_seed(seed)
    df, t = frame()
    order = np.random.default_rng(seed).permutation(len(df))
    df, t = df.iloc[order], t.iloc[order]
    net = keras.Sequential([
        layers.Input((10,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ])
    net.compile("rmsprop", loss="mse", metrics=[metric])
    stop = keras.callbacks.EarlyStopping(monitor=watch, mode=mode, patience=3, restore_best_weights=True)
    return dict(model=net, x=df, y=t, fit=dict(epochs=60, batch_size=32, validation_split=0.2, callbacks=[stop]))


def build(seed=0):
    return _make(seed, "val_accuracy", "max", "accuracy")


def fixed(seed=0):
    return _make(seed, "val_mae", "min", "mae")


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - np.asarray(y)) ** 2) / np.var(np.asarray(y)) > 0.35)
