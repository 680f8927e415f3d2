import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: (n,) targets against (n, 1) predictions in a hand-written loss"
TITLE = "Own training step: the loss stops at the variance of the target, every prediction is the mean"
TRUTH = {"input-shape"}
ALSO = {"loss-mismatch", "learning-rate-too-low", "capacity-too-small"}
TASK = "regression"


class Fitter(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(48, activation="tanh")
        self.out = layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.out(self.hidden(x))

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - self(x, training=True)))
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


def _data(seed, n=1600):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 5)).astype("float32")
    y = np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] - 0.3 * x[:, 2] ** 2
    return x, ((y - y.mean()) / y.std()).astype("float32")


def _run(seed, column):
    x, y = _data(seed)
    model = Fitter()
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    return dict(model=model, x=x, y=y[:, None] if column else y, fit=dict(epochs=20, batch_size=32))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, False)


def fixed(seed=0):
    keras.utils.set_random_seed(seed)
    return _run(seed, True)


def good(history, model, x, y):
    p = model.predict(x, verbose=0).ravel()
    return bool(1 - np.mean((p - np.ravel(y)) ** 2) / np.var(y) > 0.85)
