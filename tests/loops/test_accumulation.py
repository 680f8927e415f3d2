"""Gradients that a loop gathers over micro-batches: named where those of an update before are still among them, else not."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from tests.loops.programs import mlp

ROWS = np.random.default_rng(0).normal(size=(512, 6)).astype("float32")
Step = Callable[[keras.Model, keras.optimizers.Optimizer, bool], Callable[[tf.Tensor, bool], None]]


def loss_of(model: keras.Model, x: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(model(x, training=True)[:, 0] - tf.reduce_sum(x[:, :3], axis=1)))


def in_a_list(model: keras.Model, optimizer: keras.optimizers.Optimizer, clear: bool) -> Callable[[tf.Tensor, bool], None]:
    variables = model.trainable_variables
    totals = [tf.zeros_like(v) for v in variables]

    def step(x: tf.Tensor, last: bool) -> None:
        nonlocal totals
        with tf.GradientTape() as tape:
            loss = loss_of(model, x)
        totals = [t + g / 4 for t, g in zip(totals, tape.gradient(loss, variables), strict=True)]
        if last:
            optimizer.apply(totals, variables)
            totals = [tf.zeros_like(t) for t in totals] if clear else totals

    return step


def in_variables(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, clear: bool, compiled: bool = False
) -> Callable[[tf.Tensor, bool], None]:
    """A compiled step gathers them; the update is compiled as well, or not."""
    variables = model.trainable_variables
    totals = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
    optimizer.build(variables)

    @tf.function
    def gather(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(model, x)
        for total, g in zip(totals, tape.gradient(loss, variables), strict=True):
            total.assign_add(g / 4)
        return loss

    def update() -> None:
        optimizer.apply([t.value() for t in totals], variables)

    run = tf.function(update) if compiled else update

    def step(x: tf.Tensor, last: bool) -> None:
        gather(x)
        if last:
            run()
            for total in totals if clear else ():
                total.assign(tf.zeros_like(total))

    return step


def in_variables_compiled(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, clear: bool
) -> Callable[[tf.Tensor, bool], None]:
    return in_variables(model, optimizer, clear, compiled=True)


def in_one_step(model: keras.Model, optimizer: keras.optimizers.Optimizer, clear: bool) -> Callable[[tf.Tensor, bool], None]:
    """One compiled step gathers and, each fourth time, applies."""
    variables, count = model.trainable_variables, tf.Variable(0, trainable=False)
    totals = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
    optimizer.build(variables)

    def update() -> None:
        optimizer.apply([total / 4 for total in totals], variables)
        for total in totals if clear else ():
            total.assign(tf.zeros_like(total))

    @tf.function
    def step(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(model, x)
        for total, g in zip(totals, tape.gradient(loss, variables), strict=True):
            total.assign_add(g)
        count.assign_add(1)
        tf.cond(count % 4 == 0, update, lambda: None)
        return loss

    return lambda x, last: step(x)


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("kind", [in_a_list, in_variables, in_variables_compiled, in_one_step])
def test_gradients_that_are_never_cleared_are_named(kind: Step, clear: bool):
    model = mlp(16, 1, inputs=6)
    step = kind(model, keras.optimizers.SGD(0.01), clear)
    with km.watch(strict=True, seconds=0) as report:
        for k in range(60):
            step(tf.constant(ROWS[k % 16 * 32 :][:32]), k % 4 == 3)
    assert ("KM690" in [f.rule for f in report.findings]) is not clear


@pytest.mark.parametrize("clear", [False, True])
def test_a_first_gradient_that_replaces_the_gathered_ones_clears_them(clear: bool):
    """One trace of the step assigns, the other adds; without the one that assigns nothing clears them."""
    model, optimizer = mlp(16, 1, inputs=6), keras.optimizers.SGD(0.01)
    variables = model.trainable_variables
    totals = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]

    @tf.function
    def gather(x: tf.Tensor, first: bool) -> None:
        with tf.GradientTape() as tape:
            loss = loss_of(model, x)
        for total, g in zip(totals, tape.gradient(loss, variables), strict=True):
            (total.assign if first else total.assign_add)(g / 4)

    with km.watch(strict=True, seconds=0) as report:
        for k in range(60):
            gather(tf.constant(ROWS[k % 16 * 32 :][:32]), clear and k % 4 == 0)
            if k % 4 == 3:
                optimizer.apply([t.value() for t in totals], variables)
    assert ("KM690" in [f.rule for f in report.findings]) is not clear
