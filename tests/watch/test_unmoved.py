"""Weights that a training leaves as they were."""

from __future__ import annotations

import keras
import numpy as np

import keras_magic as km
from keras_magic.watch.unmoved import unmoved_matrices

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 2)).astype("float32")
Y = (X[:, 0] * X[:, 1] > 0).astype("float32")


class Block(keras.layers.Layer):
    """A residual branch of two matrices."""

    def __init__(self, start, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, shape):
        self.w1 = self.add_weight(shape=(shape[-1], 16), initializer=self.start, name="w1")
        self.w2 = self.add_weight(shape=(16, shape[-1]), initializer="zeros", name="w2")
        self.bias = self.add_weight(shape=(shape[-1],), initializer="zeros", name="bias")

    def call(self, x):
        return x + keras.ops.relu(x @ self.w1) @ self.w2 + self.bias


def net(start):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), Block(start, name="block"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def test_two_factors_of_zeros_never_move_and_are_told():
    report = km.diagnose(net("zeros"), X, Y, epochs=3, verbose=0, seconds=0)
    assert report.diagnoses[0].facts.training.unmoved == ("block/w1", "block/w2")
    assert report.findings[0].rule == "KM504"
    assert "w1 and w2 of block" in report.findings[0].message


def test_one_factor_of_zeros_learns():
    report = km.diagnose(net("glorot_uniform"), X, Y, epochs=3, verbose=0, seconds=0)
    assert report.diagnoses[0].facts.training.unmoved == ()
    assert "KM504" not in [f.rule for f in report.findings]


def test_nothing_is_compared_without_a_start():
    assert unmoved_matrices(net("zeros"), None) == ()
