import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: (batch,) minus (batch, 1) in a loss written by hand"
TITLE = "Forecast of the next hour with my own training step: every forecast is the mean"
TRUTH = {"input-shape"}
ALSO = {"loss-mismatch"}
TASK = "time-series regression"


class Forecaster(keras.Model):
    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - self(x, training=True)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}

    def test_step(self, data):
        x, y = data
        self.tracker.update_state(tf.reduce_mean(tf.square(y - self(x, training=False))))
        return {"loss": self.tracker.result()}


def _case(seed, flat):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    t = np.arange(1700)
    s = np.sin(2 * np.pi * t / 24) + 0.6 * np.sin(2 * np.pi * t / 7 + 1) + rng.normal(0, 0.1, len(t))
    s = ((s - s.mean()) / s.std()).astype("float32")
    x = np.stack([s[i:i + 24] for i in range(len(s) - 24)])
    y = s[24:]
    inp = keras.Input((24,))
    h = layers.Dense(48, activation="relu")(inp)
    model = Forecaster(inp, layers.Dense(1)(h))
    model.compile(optimizer=keras.optimizers.Adam(0.002))
    if not flat:
        y = y[:, None]
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, True)


def fixed(seed=0):
    return _case(seed, False)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    y = np.ravel(y)
    return bool(1 - np.mean((p - y) ** 2) / np.var(y) > 0.85)
