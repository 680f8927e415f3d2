import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; style of a forecasting tutorial"
TITLE = "Grid load windows, GRU, peak rate 0.03 but with a warm-up and cosine fall"
TASK = "time series regression"


class WarmCosine(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warm, total):
        self.peak, self.warm, self.total = peak, warm, total

    def __call__(self, step):
        s = tf.cast(step, "float32")
        up = self.peak * (s + 1) / self.warm
        part = tf.clip_by_value((s - self.warm) / (self.total - self.warm), 0.0, 1.0)
        return tf.where(s < self.warm, up, self.peak * (0.02 + 0.98 * 0.5 * (1 + tf.cos(np.pi * part))))

    def get_config(self):
        return dict(peak=self.peak, warm=self.warm, total=self.total)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n, w = 1500, 24
    t = np.arange(n)
    temp = 10 + 8 * np.sin(2 * np.pi * t / 24) + np.cumsum(rng.normal(0, 0.15, n)) * 0.3
    load = 500 + 90 * np.sin(2 * np.pi * (t - 6) / 24) + 4 * np.abs(temp - 14) + rng.normal(0, 12, n)
    f = np.stack([load, temp], 1)
    f = ((f - f[:1180].mean(0)) / f[:1180].std(0)).astype("float32")
    train = keras.utils.timeseries_dataset_from_array(f[:1180 - 1], f[w:1180, :1], sequence_length=w, batch_size=32, shuffle=True, seed=seed)
    val = keras.utils.timeseries_dataset_from_array(f[1180:-1], f[1180 + w:, :1], sequence_length=w, batch_size=128)
    epochs = 6
    steps = int(train.cardinality()) * epochs
    model = keras.Sequential([keras.Input((w, 2)), layers.GRU(24), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(WarmCosine(0.03, 50, steps), clipnorm=1.0), loss="mse", metrics=["mae"])
    return dict(model=model, x=train, y=None, fit=dict(epochs=epochs, validation_data=val))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.2)
