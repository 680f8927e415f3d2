import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: own train_step with the functional loss on raw scores, layers without activation"
TITLE = "Three spirals with a subclassed model: accuracy no better than a straight line"
TRUTH = {"from-logits", "hidden-activation"}
ALSO = {"output-activation", "loss-mismatch", "capacity-too-small", "epochs-too-few"}
TASK = "classification"


class SpiralNet(keras.Model):
    def __init__(self, act, logits):
        super().__init__()
        self.logits = logits
        self.body = [layers.Dense(48, activation=act), layers.Dense(48, activation=act)]
        self.score = layers.Dense(3)
        self.acc = keras.metrics.SparseCategoricalAccuracy(name="acc")

    def call(self, x):
        for layer in self.body:
            x = layer(x)
        return self.score(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            s = self(x, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, s, from_logits=self.logits))
        g = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(g, self.trainable_variables))
        for m in self.metrics:
            m.update_state(loss) if m.name == "loss" else m.update_state(y, s)
        return {m.name: m.result() for m in self.metrics}


def _run(seed, logits, bend):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, 1500)
    r = rng.uniform(0.1, 1, 1500)
    th = 3.5 * r + 2 * np.pi * y / 3 + rng.normal(0, 0.12, 1500)
    x = np.stack([r * np.cos(th), r * np.sin(th)], 1) * 2
    model = SpiralNet("relu" if bend else None, logits)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    return dict(model=model, x=x.astype("float32"), y=y, fit=dict(epochs=20, batch_size=32))


def build(seed=0):
    return _run(seed, False, False)


def fixed(seed=0):
    return _run(seed, True, True)


def good(history, model, x, y):
    return bool((model.predict(x, verbose=0).argmax(1) == y).mean() > 0.93)
