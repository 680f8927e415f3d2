import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: tf.data.Dataset.zip of two separately prepared pipelines"
TITLE = "Bike hire per hour, tf.data windows: val_loss stays at the variance, it always predicts the mean"
TRUTH = {"misaligned-labels"}
ALSO = {"label-noise"}
TASK = "time series regression"


def hours(seed, n=1700):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    temp = 12 + 8 * np.sin(2 * np.pi * (t - 8) / 24) + np.cumsum(rng.normal(0, 0.25, n)) * 0.4
    rain = (rng.random(n) < 0.12).astype(float)
    hire = 60 + 35 * np.sin(2 * np.pi * (t - 7) / 24) + 15 * np.sin(4 * np.pi * (t - 8) / 24) + 1.5 * temp
    hire = hire * np.where(t // 24 % 7 >= 5, 0.7, 1.0) * (1 - 0.3 * rain) + rng.normal(0, 6, n)
    frame = np.stack([hire, temp, rain], 1)
    return ((frame - frame[:1300].mean(0)) / frame[:1300].std(0)).astype("float32")


def _case(seed, together):
    keras.utils.set_random_seed(seed)
    f = hours(seed)
    w = 24
    x = np.stack([f[i:i + w] for i in range(len(f) - w)])
    y = f[w:, :1]
    cut = 1300
    if together:
        ds = tf.data.Dataset.from_tensor_slices((x[:cut], y[:cut])).shuffle(cut, seed=seed)
    else:
        ds_x = tf.data.Dataset.from_tensor_slices(x[:cut]).shuffle(cut, seed=seed)
        ds_y = tf.data.Dataset.from_tensor_slices(y[:cut]).shuffle(cut, seed=seed + 1)
        ds = tf.data.Dataset.zip((ds_x, ds_y))
    ds = ds.batch(32).prefetch(1)
    val = tf.data.Dataset.from_tensor_slices((x[cut + w:], y[cut + w:])).batch(128)
    inp = keras.Input((w, 3))
    h = layers.Conv1D(24, 5, activation="relu")(inp)
    h = layers.Conv1D(24, 5, activation="relu")(h)
    h = layers.Flatten()(h)
    model = keras.Model(inp, layers.Dense(1)(layers.Dense(32, activation="relu")(h)))
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=3)
    return dict(model=model, x=ds, y=None, fit=dict(epochs=12, validation_data=val, callbacks=[plateau]))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.35)
