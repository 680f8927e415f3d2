import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: astype(int) after min-max scaling, Dropout behind the last Dense"
TITLE = "Bike rentals: the forecast is always about half of the true level"
TRUTH = {"constant-feature", "dropout"}
ALSO = {"preprocessing-mismatch", "input-not-scaled", "epochs-too-few", "learning-rate-too-low", "target-not-scaled"}
TASK = "regression"


def rides(seed, n=1600):
    rng = np.random.default_rng(seed)
    df = pd.DataFrame({"temp": rng.normal(15, 8, n), "hum": rng.uniform(20, 100, n), "wind": rng.gamma(2, 5, n),
                       "hour": rng.integers(0, 24, n)})
    cnt = 3 + 0.09 * df.temp - 0.02 * df.hum - 0.03 * df.wind + 1.2 * np.cos((df.hour - 15) / 24 * 6.283) + rng.normal(0, 0.1, n)
    return df, cnt.to_numpy("float32")


def _run(seed, keep_float, no_last_dropout):
    keras.utils.set_random_seed(seed)
    df, cnt = rides(seed)
    df = (df - df.min()) / (df.max() - df.min())
    if not keep_float:
        df = df.astype(int)
    ds = tf.data.Dataset.from_tensor_slices((df.to_numpy("float32"), cnt))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(64, activation="relu"), layers.Dense(32, activation="relu"),
                              layers.Dense(1)])
    if not no_last_dropout:
        model.add(layers.Dropout(0.5))
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=["mae"])
    return dict(model=model, x=ds.take(1300).cache().shuffle(1300, seed=seed).batch(32), y=None,
                fit=dict(epochs=20, validation_data=ds.skip(1300).batch(100)))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    xs, ys = map(np.concatenate, zip(*[(a.numpy(), b.numpy()) for a, b in x]))
    p = model.predict(xs, verbose=0).ravel()
    return bool(1 - np.mean((p - ys) ** 2) / np.var(ys) > 0.8)
