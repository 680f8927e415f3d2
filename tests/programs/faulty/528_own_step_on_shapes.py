import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "style of keras.io 'customizing fit', loss object created in the constructor"
TITLE = "Own train_step for five kinds of small drawings: accuracy wanders near guessing"
TRUTH = {"from-logits"}
ALSO = {"output-activation", "loss-mismatch"}
TASK = "classification"


def _drawings(seed, n=1500, s=14):
    rng = np.random.default_rng(seed)
    img = rng.normal(0, 0.15, (n, s, s))
    y = rng.integers(0, 5, n)
    for i in range(n):
        a, b = rng.integers(1, s - 7, 2)
        k = np.arange(6)
        if y[i] == 0:
            img[i, a + 3, b:b + 6] += 1
        elif y[i] == 1:
            img[i, a:a + 6, b + 3] += 1
        elif y[i] == 2:
            img[i, a + k, b + k] += 1
        elif y[i] == 3:
            img[i, a:a + 6, [b, b + 5]] += 1
            img[i, [a, a + 5], b + 1:b + 5] += 1
        else:
            img[i, a + 3, b:b + 6] += 1
            img[i, a:a + 6, b + 3] += 1
    return img[..., None].astype("float32"), keras.utils.to_categorical(y, 5)


class Net(keras.Model):
    def __init__(self, loss_object):
        super().__init__()
        self.body = keras.Sequential([
            layers.Conv2D(12, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2D(24, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
        ])
        self.scores = layers.Dense(5)
        self.loss_object = loss_object
        self.mean_loss = keras.metrics.Mean(name="loss")
        self.acc = keras.metrics.CategoricalAccuracy(name="accuracy")

    def call(self, x, training=False):
        return self.scores(self.body(x, training=training))

    @property
    def metrics(self):
        return [self.mean_loss, self.acc]

    def _note(self, y, p, value):
        self.mean_loss.update_state(value)
        self.acc.update_state(y, p)
        return {m.name: m.result() for m in self.metrics}

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=True)
            value = self.loss_object(y, p)
        grads = tape.gradient(value, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return self._note(y, p, value)

    def test_step(self, data):
        x, y = data
        p = self(x, training=False)
        return self._note(y, p, self.loss_object(y, p))


def _case(seed, loss_object):
    keras.utils.set_random_seed(seed)
    x, y = _drawings(seed)
    model = Net(loss_object)
    model.compile(optimizer=keras.optimizers.Adam(0.003))
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, keras.losses.CategoricalCrossentropy())


def fixed(seed=0):
    return _case(seed, keras.losses.CategoricalCrossentropy(from_logits=True))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.85)
