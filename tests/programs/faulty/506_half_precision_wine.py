import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_wine

SOURCE = "pattern: own train_step moved to mixed precision; LossScaleOptimizer used without scaling the loss"
TITLE = "Mixed precision with my own train_step: runs without any error but the loss does not move"
TRUTH = {"optimizer"}
ALSO = {"learning-rate-too-low", "vanishing-gradient"}
TASK = "classification"


class HalfModel(keras.Model):
    scale_it = False

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=True)
            loss = self.compute_loss(x, y, p)
            target = self.optimizer.scale_loss(loss) if self.scale_it else loss
        grads = tape.gradient(target, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for m in self.metrics:
            m.update_state(loss) if m.name == "loss" else m.update_state(y, p)
        return {k: v for m in self.metrics for k, v in (m.result() if isinstance(m.result(), dict) else {m.name: m.result()}).items()}


class ScaledHalfModel(HalfModel):
    scale_it = True


def _wines(seed, n=1000):
    """New bottles drawn from the mean and covariance of each of the three growers."""
    x, y = load_wine(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n)
    out = np.empty((n, 13), "float32")
    for k in range(3):
        out[label == k] = rng.multivariate_normal(x[y == k].mean(0), np.cov(x[y == k].T), (label == k).sum())
    return out, label


def _case(seed, cls):
    keras.utils.set_random_seed(seed)
    x, y = _wines(seed)
    i = keras.Input((13,))
    h = layers.Dense(32, activation="relu", dtype="mixed_float16")(i)
    h = layers.Dense(16, activation="relu", dtype="mixed_float16")(h)
    model = cls(i, layers.Dense(3, activation="softmax", dtype="float32")(h))
    sgd = keras.optimizers.SGD(0.05, momentum=0.5)
    model.compile(optimizer=keras.optimizers.LossScaleOptimizer(sgd), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=15, batch_size=32, validation_split=0.2))


def build(seed=0):
    return _case(seed, HalfModel)


def fixed(seed=0):
    return _case(seed, ScaledHalfModel)


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
