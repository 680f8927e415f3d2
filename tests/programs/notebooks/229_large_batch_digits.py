# %% [markdown]
# # Large effective batches on a small machine
# Memory only allows micro-batches of 16, so gradients are accumulated over several of them.

# %%
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(13)

digits = load_digits()
x = (digits.images[..., None] / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(
    x, digits.target, test_size=0.2, stratify=digits.target, random_state=0)

CFG = {"micro_batch": 16, "accumulate": 4, "lr": 0.05, "momentum": 0.9, "epochs": 25}


# %%
class SqueezeExcite(layers.Layer):
    def __init__(self, ratio=4, **kw):
        super().__init__(**kw)
        self.ratio = ratio

    def build(self, shape):
        c = shape[-1]
        self.pool = layers.GlobalAveragePooling2D(keepdims=True)
        self.down = layers.Dense(c // self.ratio, activation="relu")
        self.up = layers.Dense(c, activation="sigmoid")
        self.down.build((None, 1, 1, c))
        self.up.build((None, 1, 1, c // self.ratio))

    def call(self, x):
        return x * self.up(self.down(self.pool(x)))


class AccumulatingModel(keras.Model):
    """Sums the gradients of `accumulate` micro-batches before the optimizer steps."""

    def setup(self, accumulate):
        self.accumulate = accumulate
        self.micro_step = tf.Variable(0, dtype=tf.int32, trainable=False)
        self.grad_sums = [tf.Variable(tf.zeros(v.shape), trainable=False) for v in self.trainable_variables]
        self.optimizer.build(self.trainable_variables)

    def apply_sums(self):
        mean = [g / self.accumulate for g in self.grad_sums]
        self.optimizer.apply_gradients(zip(mean, self.trainable_variables))
        self.micro_step.assign(0)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        for total, g in zip(self.grad_sums, tape.gradient(loss, self.trainable_variables)):
            total.assign_add(g)
        self.micro_step.assign_add(1)
        tf.cond(tf.equal(self.micro_step, self.accumulate), self.apply_sums, lambda: None)
        for m in self.metrics:
            if m.name == "loss":
                m.update_state(loss)
            else:
                m.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


def build():
    inp = keras.Input((8, 8, 1))
    h = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
    h = SqueezeExcite()(h)
    h = layers.MaxPooling2D()(h)
    h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
    h = SqueezeExcite()(h)
    h = layers.Flatten()(h)
    h = layers.Dense(48, activation="relu")(h)
    model = AccumulatingModel(inp, layers.Dense(10)(h))
    model.compile(optimizer=keras.optimizers.SGD(CFG["lr"], momentum=CFG["momentum"], global_clipnorm=1.0),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.setup(CFG["accumulate"])
    return model


# %% train
model = build()
history = model.fit(x_train, y_train, validation_data=(x_test, y_test),
                    batch_size=CFG["micro_batch"], epochs=CFG["epochs"], verbose=2)

# %%
print("test loss, accuracy:", model.evaluate(x_test, y_test, verbose=0))
