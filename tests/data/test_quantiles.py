"""Losses for quantiles whose sign was turned."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

import keras_magic as km
from keras_magic.sources.quantiles import turned_quantiles

LEVELS = [0.1, 0.5, 0.9]
TRUE = np.random.default_rng(0).gamma(2, 3, (40, 1)).astype("float32")


class Pinball(keras.losses.Loss):
    def __init__(self, q, sign):
        super().__init__()
        self.q, self.sign = np.array(q, "float32"), sign

    def call(self, y_true, y_pred):
        error = self.sign * (y_true - y_pred)
        return ops.mean(ops.maximum(self.q * error, (self.q - 1.0) * error), axis=-1)


def closure(q, sign):
    levels = ops.convert_to_tensor(np.array(q, "float32"))

    def pinball(y_true, y_pred):
        error = sign * (y_true - y_pred)
        return ops.mean(ops.maximum(levels * error, (levels - 1.0) * error), axis=-1)

    return pinball


def named(q, sign):
    def pinball(y_true, y_pred):
        parts = [sign * (y_true - y_pred[:, i : i + 1]) for i in range(len(q))]
        return sum(ops.mean(ops.maximum(level * e, (level - 1.0) * e)) for level, e in zip(q, parts, strict=True))

    return pinball


@pytest.mark.parametrize("make", [Pinball, closure, named])
@pytest.mark.parametrize("levels", [LEVELS, [0.9]])
def test_a_loss_that_asks_for_the_other_quantiles_is_found(make, levels):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(len(levels))])
    for sign, turned in ((1.0, False), (-1.0, True)):
        model.compile(loss=make(levels, sign))
        found = turned_quantiles(model, TRUE, np.zeros((40, len(levels)), "float32"))
        assert (found is not None) == turned
        if turned:
            assert found["given"] == pytest.approx(levels)
            assert found["asked"] == pytest.approx([1 - q for q in levels], abs=1e-3)


def uneven(y_true, y_pred):
    error = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * error, -0.1 * error))


def huber(y_true, y_pred, delta=0.1):
    error = ops.abs(y_true - y_pred)
    return ops.mean(ops.where(error < delta, 0.5 * error**2, delta * (error - 0.5 * delta)))


@pytest.mark.parametrize(
    "loss", ["mse", "mae", keras.losses.Huber(0.3), uneven, huber, lambda a, b: ops.mean(ops.abs(a - b) * 0.3)]
)
def test_other_losses_turn_nothing(loss):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss=loss)
    assert turned_quantiles(model, TRUE, np.zeros((40, 1), "float32")) is None


def test_bands_that_lie_the_wrong_way_round_are_no_healthy_network():
    x = np.random.default_rng(1).normal(size=(200, 2)).astype("float32")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile("adam", Pinball(LEVELS, -1.0))
    report = km.diagnose(model, x, x[:, :1], epochs=2, verbose=0, seconds=0)
    found = next(f for f in report.findings if f.rule == "KM418")
    assert "0.9, 0.5, 0.1" in found.message
    assert "`q`" in found.message
