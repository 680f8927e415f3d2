"""Watching changes no bit where TensorFlow rewrites neighbouring layers together, whatever the neighbours, type and compiler."""

from __future__ import annotations

import keras
import pytest
import tensorflow as tf

from keras_magic.errors import EvidenceError
from keras_magic.watch.callback import Watch
from keras_magic.watch.neutral import Reader, used_twice
from tests.watch import patterns

#: Pairs that a plain tap between the two is known to change.
SENSITIVE = [
    "Dense | tanh | Dense",
    "Dense | elu | Dense",
    "Dense | sigmoid | Dense",
    "Dense | ELU | Dense",
    "Dense | ops.tanh | Dense",
    "Conv2D | elu | Dense",
    "Conv2D | ELU | Dense",
    "UnitNormalization | linear | Dropout",
    "gate | linear | Dropout",
    "gate | linear | GaussianDropout",
]


@pytest.mark.parametrize("dtype", ["float32", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def test_sensitive_neighbours(dtype):
    known = patterns.branches()
    assert patterns.differing({name: known[name] for name in SENSITIVE}, dtype=dtype) == []


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", pytest.param("mixed_bfloat16", marks=pytest.mark.matrix)])
@pytest.mark.parametrize(
    "number", [n if n == 0 else pytest.param(n, marks=pytest.mark.matrix) for n, _ in enumerate(patterns.parts())]
)
def test_every_activation_beside_every_usual_layer(number, dtype, jit):
    optimizer = ("adam", "sgd")[number % 2]
    assert patterns.differing(list(patterns.parts())[number], dtype=dtype, jit=jit, optimizer=optimizer) == []


def test_what_is_used_once_is_computed_again_beside_the_step():
    read = {}

    @tf.function
    def step(x):
        once = tf.tanh(x)
        result = tf.exp(once)
        twice = tf.sqrt(result)
        users = tf.abs(twice) + tf.square(twice)
        reader = Reader(tf.compat.v1.get_default_graph())

        def branch():
            read["once"], read["twice"] = reader(once), reader(twice)
            return read["once"] + read["twice"]

        measured = tf.cond(tf.reduce_sum(x) > -1e9, branch, lambda: x)
        read["users"] = [len(t.consumers()) for t in (once, twice)]
        read["shared"] = used_twice(once), used_twice(twice)
        return users, measured

    x = tf.constant([0.5, 1.0])
    _, measured = step(x)
    assert read["once"].op.type == "Tanh"
    assert read["users"] == [1, 3]
    assert read["shared"] == (False, True)
    assert measured.numpy() == pytest.approx((tf.tanh(x) + tf.sqrt(tf.exp(tf.tanh(x)))).numpy())


def called_once(x):
    """A call that TensorFlow dissolves into the graph around it: what it would merge is inside, and out of reach."""
    return tf.function(lambda v: tf.tanh(v) * 3.0)(x)


def test_what_a_call_gave_is_not_read():
    @tf.function
    def step(x):
        given = called_once(x)
        reader = Reader(tf.compat.v1.get_default_graph())

        def branch():
            with pytest.raises(EvidenceError, match="compiles the step"):
                reader(given)
            return x

        return tf.square(given), tf.cond(tf.reduce_sum(x) > 0, branch, lambda: x)

    step(tf.constant([1.0]))


def test_what_is_not_measured_is_reported():
    class Calling(keras.layers.Layer):
        def call(self, x):
            return called_once(x)

    rows = keras.Input((6,))
    model = keras.Model(rows, keras.layers.Rescaling(2.0)(Calling(name="calling")(keras.layers.Dense(1)(rows))))
    model.compile("sgd", "mse")
    watch = Watch()
    model.fit(tf.ones((32, 6)), tf.ones((32, 1)), verbose=0, callbacks=[watch])
    assert any("reading the output of calling" in note for note in watch.facts.missing)
    assert watch.facts.losses
