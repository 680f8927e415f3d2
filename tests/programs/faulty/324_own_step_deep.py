import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: deep stack of sigmoid layers under plain SGD, own train_step"
TITLE = "Own training step: is my GradientTape wrong? the loss does not leave 1.1"
TRUTH = {"vanishing-gradient", "hidden-activation"}
ALSO = {"optimizer", "learning-rate-too-low", "capacity-too-large", "epochs-too-few", "weight-init"}
TASK = "classification"


class MyModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=pred)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, pred)
        return {m.name: m.result() for m in self.metrics}


def rings(seed, n=1500):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    phi, r = rng.uniform(0, 2 * np.pi, n), 0.5 + 0.8 * y + rng.normal(0, 0.12, n)
    x = np.c_[r * np.cos(phi), r * np.sin(phi), rng.normal(0, 1, (n, 2))]
    return x.astype("float32"), y


def _make(seed, act):
    keras.utils.set_random_seed(seed)
    x, y = rings(seed)
    inp = keras.Input((4,))
    h = inp
    for _ in range(6):
        h = layers.Dense(32, activation=act)(h)
    model = MyModel(inp, layers.Dense(3, activation="softmax")(h))
    sgd = keras.optimizers.SGD(0.05, momentum=0.9)
    model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=20, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _make(seed, "sigmoid")


def fixed(seed=0):
    return _make(seed, "relu")


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
