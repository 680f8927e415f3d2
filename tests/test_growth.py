"""Nothing of copies is kept: no graph outlives a diagnosis, a search of the rate or a repair."""

from __future__ import annotations

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

import keras_magic as km
from keras_magic.watch.traces import forgotten

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 6)).astype("float32")
Y = (X[:, 0] * X[:, 1] > 0).astype("int32")


def timid():
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.SGD(1e-6), "binary_crossentropy", metrics=["accuracy"])
    return model


def graphs():
    gc.collect()
    return sum(isinstance(o, FuncGraph) for o in gc.get_objects())


def diagnose():
    report = km.diagnose(timid(), X, Y, epochs=1, verbose=0)
    assert report.diagnoses[-1].facts.trials is not None


def repair():
    km.diagnose(timid(), X, Y, epochs=1, verbose=0, seconds=0).repair(10)


def behind():
    model = timid()
    model.compile("adam", "categorical_crossentropy")
    km.diagnose(model, X, Y, epochs=1, verbose=0)


def find_rate():
    km.lr_find(timid(), X, Y, steps=20, trial_steps=10)


@pytest.mark.parametrize("work", [diagnose, behind, repair, find_rate])
def test_no_graph_is_kept(work, monkeypatch):
    for kept in ("last_report", "last_run"):
        monkeypatch.setattr(f"keras_magic.api.{kept}", None)
    before = graphs()
    work()
    km.api.last_report = km.api.last_run = None
    assert graphs() <= before


@tf.custom_gradient
def twice(x):
    return 2 * x, lambda upstream: 2 * upstream


def test_a_function_of_the_users_can_still_be_differentiated():
    """It was traced first within a copy's step; its backward pass is made later, outside."""

    @tf.function
    def own(x):
        return twice(x)

    with forgotten():

        @tf.function
        def step(x):
            return own(x)

        step(tf.constant(1.0))
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = own(x)
    assert tape.gradient(y, x) == 2.0
