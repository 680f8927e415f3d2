"""Whether a compiled loss adds up over the rows."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from keras_magic.sources.losses import loss_reading
from keras_magic.watch.followers import callback_settings

TRUE = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")


def reading(loss):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile("sgd", loss)
    return loss_reading(model, TRUE, np.zeros_like(TRUE))


@pytest.mark.parametrize(
    ("loss", "summed"),
    [
        ("mse", 0.0),
        (keras.losses.MeanSquaredError(reduction="sum"), 1.0),
        (lambda true, pred: keras.ops.sum(keras.ops.square(true - pred)), 1.0),
        (lambda true, pred: keras.ops.sum(keras.ops.square(true - pred), axis=-1), 0.0),
    ],
    ids=["name", "reduction", "sum over all", "sum per row"],
)
def test_a_sum_is_told_from_a_mean(loss, summed):
    assert reading(loss)["summed"] == summed


def test_several_outputs_have_no_reading():
    assert reading({"dense": "mse"}) == {}


def test_callbacks_are_read_by_the_comparison_that_they_use():
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", mode="max", patience=4)
    cut = keras.callbacks.ReduceLROnPlateau(monitor="val_accuracy", mode="max")
    found = callback_settings([stop, cut, keras.callbacks.TerminateOnNaN()])
    assert [(c["class"], c["monitor"], c["falls"]) for c in found] == [
        ("EarlyStopping", "val_loss", False),
        ("ReduceLROnPlateau", "val_accuracy", False),
    ]
