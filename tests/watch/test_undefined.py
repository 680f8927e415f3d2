"""A derivative that does not exist is not taken for a step that was too large, in real trainings."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_magic as km


def distances(root):
    a, b = keras.Input((6,)), keras.Input((6,))
    code = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(4)])
    return keras.Model([a, b], root(ops.sum(ops.square(code(a) - code(b)), axis=-1, keepdims=True)))


def pairs():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 640, 6)).astype("float32")
    b[70] = a[70]  # the first batch has no such pair
    return [a, b], 1 + np.linalg.norm(a - b, axis=1).astype("float32")


def unguarded_power(x):
    return ops.power(x, 0.3)


def unguarded_where(x):
    return ops.where(x > 0, ops.log(x) * ops.sqrt(x), 0.0)


@pytest.mark.parametrize("root", [ops.sqrt, unguarded_power, unguarded_where])
def test_a_derivative_that_does_not_exist(root):
    x, y = pairs()
    model = distances(root)
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    report = km.diagnose(model, x, y, epochs=1, shuffle=False, verbose=0, seconds=5)
    assert report.findings[0].rule == "KM560"
    assert "learning-rate-too-high" not in [f.cause for f in report.findings]


def test_a_step_that_is_too_large():
    x, y = pairs()
    model = distances(lambda squared: squared)
    model.compile(keras.optimizers.SGD(1e4), "mse")
    report = km.diagnose(model, x, y, epochs=1, shuffle=False, verbose=0, seconds=5)
    assert "KM560" not in [f.rule for f in report.findings]
