"""`km.lr_find` on a training step of the user's own: an answer, everything as it was, and one line for what cannot work."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_magic as km
from keras_magic.errors import UsageError
from keras_magic.testing import run_rule
from tests.cases._loops import seen

layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(256, 6)).astype("float32")
Y = (X @ RNG.normal(size=(6, 1))).astype("float32")
DATA = [(X[k : k + 32], Y[k : k + 32]) for k in range(0, 256, 32)]


def training(compiled: bool):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(16, activation="relu"), layers.Dropout(0.1), layers.Dense(1)])
    optimizer, seen = keras.optimizers.Adam(1e-5), keras.metrics.Mean()

    def train_step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - model(x, training=True)))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        seen.update_state(loss)
        return loss

    return model, optimizer, seen, tf.function(train_step) if compiled else train_step


@pytest.mark.parametrize("compiled", [True, False])
def test_a_rate_is_found_and_all_is_as_it_was(compiled):
    model, optimizer, seen, step = training(compiled)
    before = [v.numpy() for v in (*model.variables, *seen.variables)]
    np.random.seed(5)  # noqa: NPY002 - the state that users draw from
    expected = np.random.default_rng(0), np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    result = km.lr_find(step=step, data=DATA, optimizer=optimizer, steps=50, trial_steps=20, min_lr=1e-5, max_lr=3.0)
    assert np.random.random() == expected[1]  # noqa: NPY002
    assert 1e-3 < result.suggestion < 1
    assert result.learns
    assert result.current_lr == pytest.approx(1e-5)
    assert "below the band" in result.verdict
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, (*model.variables, *seen.variables), strict=True))
    assert int(optimizer.iterations) == 0
    assert float(optimizer.learning_rate) == pytest.approx(1e-5)
    assert result.code == f"optimizer.learning_rate = {result.suggestion:.3g}"
    result.apply()
    assert float(optimizer.learning_rate) == pytest.approx(result.suggestion)
    assert str(result)


def test_what_cannot_work_is_one_line():
    model, optimizer, _, step = training(compiled=False)
    other = keras.optimizers.SGD(0.1)
    scheduled = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
    for given, words in (
        ({"step": 3, "data": DATA, "optimizer": optimizer}, "step must be the function"),
        ({"step": step, "data": DATA}, "optimizer is missing"),
        ({"step": step, "data": DATA, "optimizer": "adam"}, "optimizer must be"),
        ({"step": step, "data": DATA, "optimizer": scheduled}, "schedule"),
        ({"step": step, "data": (b for b in DATA), "optimizer": optimizer}, "only once"),
        ({"step": step, "data": (X, Y), "optimizer": optimizer}, "tuple of arrays"),
        ({"step": step, "data": [], "optimizer": optimizer}, "no batch"),
        ({"step": step, "optimizer": optimizer}, "data is missing"),
        ({"data": DATA, "optimizer": optimizer}, "step is missing"),
        ({"step": lambda x, y: None, "data": DATA, "optimizer": optimizer}, "must return the loss"),
        ({"step": step, "data": DATA, "optimizer": other}, "did not apply this optimizer"),
        ({"step": step, "data": [(X, Y, X)], "optimizer": optimizer, "rows": 3}, "has no argument 'rows'"),
        ({"model": model, "step": step, "data": DATA, "optimizer": optimizer}, "here are both"),
        ({}, "give a compiled model"),
    ):
        with pytest.raises(UsageError, match=words) as error:
            km.lr_find(**given)
        assert "\n" not in str(error.value)


def test_updates_of_exactly_zero_tell_nothing_of_the_learning_rate():
    """Units that are dead take none; no learning rate moves them."""
    assert list(run_rule("KM686", **seen(update_ratio=(0.0,) * 200, losses=(1.0,) * 200))) == []
    assert list(run_rule("KM686", **seen(update_ratio=(1e-7,) * 200, losses=(1.0,) * 200)))
