import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic (own train_step written from the guide, training flag left out)"
TITLE = "Own train_step for methane warnings: fit() of the same layers reaches 93 %, mine 65 %"
TRUTH = {"batchnorm"}
ALSO = {"input-not-scaled", "epochs-too-few"}
TASK = "binary"


def _air(seed, n=1500):
    rng = np.random.default_rng(seed)
    depth = rng.uniform(200, 1100, n)
    flow = rng.gamma(6, 40, n)
    pressure = 1013 + depth * 0.12 + rng.normal(0, 8, n)
    methane = rng.gamma(2, 0.3, n)
    shift = rng.normal(0, 0.02, n)
    risk = 2.2 * (methane - 0.55) + (depth - 650) / 350 - (flow - 240) / 150 + 60 * shift * np.sign(pressure - 1090)
    x = np.stack([depth, flow, pressure, methane, shift], 1)
    return x.astype("float32"), (risk + rng.normal(0, 0.2, n) > 0).astype("float32")


class Warner(keras.Model):
    def __init__(self, flag):
        super().__init__()
        self.flag = flag
        self.net = keras.Sequential([
            layers.BatchNormalization(momentum=0.9),
            layers.Dense(32, activation="relu"),
            layers.BatchNormalization(momentum=0.9),
            layers.Dense(32, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ])

    def call(self, x, training=None):
        return self.net(x, training=training)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=self.flag)
            loss = self.compute_loss(x=x, y=y, y_pred=p)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        for m in self.metrics:
            if m.name == "loss":
                m.update_state(loss)
            else:
                m.update_state(y, p)
        return {m.name: m.result() for m in self.metrics}


def _run(seed, flag):
    keras.utils.set_random_seed(seed)
    x, y = _air(seed)
    model = Warner(flag)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x[:1200], y=y[:1200, None],
                fit=dict(epochs=25, batch_size=32, validation_data=(x[1200:], y[1200:, None])))


def build(seed=0):
    return _run(seed, False)


def fixed(seed=0):
    return _run(seed, True)


def good(history, model, x, y):
    return bool(np.mean(history.history["val_accuracy"][-3:]) > 0.88)
