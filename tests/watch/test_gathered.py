"""A `train_step` of one's own that gathers gradients: named where nothing clears them, else not; and nothing of it is changed."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km

ROWS = np.random.default_rng(0).normal(size=(256, 6)).astype("float32")
LABELS = (ROWS[:, 0] > 0).astype("int32")
EVERY = 4


class Gathering(keras.Model):
    """Gathers the gradients of four batches; `clear`: sets the sums back after each update."""

    def __init__(self, clear: bool) -> None:
        super().__init__()
        self.body = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])
        self.clear = clear
        self.count = tf.Variable(0, trainable=False)
        self.totals = self.made()

    def made(self) -> list:
        return [tf.Variable(tf.zeros(v.shape), trainable=False) for v in self.body.trainable_variables]

    def call(self, x, training=None):
        return self.body(x, training=training)

    def gathered(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        for total, gradient in zip(self.totals, tape.gradient(loss, self.trainable_variables), strict=True):
            total.assign_add(gradient)
        return loss

    def update(self):
        self.optimizer.apply([total / EVERY for total in self.totals], self.trainable_variables)
        for total in self.totals if self.clear else ():
            total.assign(tf.zeros_like(total))

    def train_step(self, data):
        loss = self.gathered(data)
        self.count.assign_add(1)
        tf.cond(self.count % EVERY == 0, lambda: self.update(), lambda: None)
        return {"loss": loss}


class InKerasVariables(Gathering):
    """The sums are weights of Keras, and a clipped mean of them is applied."""

    def made(self):
        return [self.add_weight(shape=v.shape, initializer="zeros", trainable=False) for v in self.body.trainable_variables]

    def update(self):
        gradients, _ = tf.clip_by_global_norm([total.value * 0.25 for total in self.totals], 5.0)
        self.optimizer.apply(gradients, self.body.trainable_variables)
        for total in self.totals if self.clear else ():
            total.assign(keras.ops.zeros(total.shape))


class Outside(Gathering):
    """Each step applies the sums; a callback clears them between steps."""

    def train_step(self, data):
        loss = self.gathered(data)
        self.optimizer.apply(self.totals, self.trainable_variables)
        return {"loss": loss}


class ByHand(Gathering):
    """Adagrad by hand: what is gathered is never to be cleared, and only divides the gradient."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        given = []
        for total, gradient in zip(self.totals, tape.gradient(loss, self.trainable_variables), strict=True):
            total.assign_add(tf.square(gradient))
            given.append(gradient / (tf.sqrt(total) + 1e-7))
        self.optimizer.apply(given, self.trainable_variables)
        return {"loss": loss}


def trained(kind: type[Gathering], clear: bool) -> Gathering:
    keras.utils.set_random_seed(0)
    model = kind(clear)
    model.compile(keras.optimizers.SGD(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.optimizer.build(model.trainable_variables)

    def clears(batch, logs):
        for total in model.totals:
            total.assign(tf.zeros_like(total))

    callbacks = [keras.callbacks.LambdaCallback(on_train_batch_end=clears)] if kind is Outside and clear else []
    model.fit(ROWS, LABELS, epochs=3, batch_size=32, verbose=0, callbacks=callbacks)
    return model


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("kind", [Gathering, InKerasVariables, Outside])
def test_sums_that_nothing_clears_are_named(kind, clear):
    before = {name: vars(tf.Variable).get(name) for name in ("assign", "assign_add", "assign_sub")}
    plain = trained(kind, clear)
    with km.watch(strict=True, seconds=0) as report:
        watched = trained(kind, clear)
    assert all(np.array_equal(a, b) for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True))
    assert ("KM691" in {f.rule for top in report.findings for f in (top, *top.symptoms)}) is not clear
    assert len(report.diagnoses[0].facts.training.never_cleared) == (0 if clear else 4)
    assert {name: vars(tf.Variable).get(name) for name in before} == before


def test_sums_that_only_divide_the_gradient_are_left_alone():
    with km.watch(strict=True, seconds=0) as report:
        trained(ByHand, clear=False)
    assert report.diagnoses[0].facts.training.never_cleared == ()
