import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "synthetic; pattern: ExponentialDecay with decay_steps meant as epochs"
TITLE = "Wrist accelerometer gestures: with my own train_step the accuracy stands still after a moment"
TRUTH = {"learning-rate-too-low"}
ALSO = {"epochs-too-few", "optimizer"}
TASK = "classification"


class Net(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=p)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        for m in self.metrics:
            if m.name == "loss":
                m.update_state(loss)
            else:
                m.update_state(y, p)
        return {m.name: m.result() for m in self.metrics}


def gestures(seed, n=1200, steps=48):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 5, n)
    t = np.linspace(0, 1, steps)
    x = rng.normal(0, 0.5, (n, steps, 3))
    for i, k in enumerate(y):
        s = rng.uniform(0, 1)
        a = rng.uniform(0.7, 1.4)
        if k < 3:
            x[i, :, k] += a * np.sin(2 * np.pi * (4 * t + s))
        elif k == 3:
            x[i, :, 0] += a * np.sin(2 * np.pi * (2 * t + s))
            x[i, :, 1] += a * np.cos(2 * np.pi * (2 * t + s))
        else:
            x[i, :, 2] += 2 * a * np.exp(-((t - 0.2 - 0.6 * s) / 0.08) ** 2)
    return x.astype("float32"), y


def _case(seed, per_epoch):
    keras.utils.set_random_seed(seed)
    x, y = gestures(seed)
    batch = 32
    steps = int(len(x) * 0.8) // batch
    rate = keras.optimizers.schedules.ExponentialDecay(0.003, decay_steps=4 * (steps if per_epoch else 1), decay_rate=0.5, staircase=True)
    inp = keras.Input(x.shape[1:])
    h = layers.Conv1D(16, 7, activation="relu", padding="same")(inp)
    h = layers.MaxPooling1D(2)(h)
    h = layers.Conv1D(24, 5, activation="relu", padding="same")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = Net(inp, layers.Dense(5, activation="softmax")(h))
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=batch, validation_split=0.2))


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
