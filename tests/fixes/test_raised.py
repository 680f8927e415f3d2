"""The fix on the card of an exception: pasted after the cell that raised, it trains."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tests.fixes.notebook import Notebook
from tests.fixes.runs import blobs


def network(features, units, activation, loss=None):
    keras.utils.set_random_seed(0)
    hidden, head = keras.layers.Dense(8, activation="relu"), keras.layers.Dense(units, activation)
    model = keras.Sequential([keras.Input((features,)), hidden, head])
    if loss:
        model.compile("adam", loss, metrics=["accuracy"])
    return model


def functional(features):
    given = keras.Input((features,), name="table")
    model = keras.Model(given, keras.layers.Dense(3, activation="softmax")(keras.layers.Dense(8, activation="relu")(given)))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


x, y = blobs()
TWO = (y > 0).astype("int32")
SPARSE = "sparse_categorical_crossentropy"
RAISES = {
    "features": (network(5, 3, "softmax", SPARSE), y, "keras.Input((6,))"),
    "features of a functional model": (functional(4), y, "(6,)"),
    "classes": (network(6, 3, "softmax"), y, f"loss='{SPARSE}'"),
    "classes of logits": (network(6, 3, "linear"), y, "SparseCategoricalCrossentropy(from_logits=True)"),
    "one-hot": (network(6, 3, "softmax"), np.eye(3, dtype="float32")[y], "loss='categorical_crossentropy'"),
    "yes or no": (network(6, 1, "sigmoid"), TWO, "loss='binary_crossentropy'"),
    "numbers": (network(6, 1, "linear"), x[:, 0] * 2.5, "loss='mean_squared_error'"),
}


@pytest.mark.parametrize("case", RAISES)
def test_the_fix_of_an_exception_trains(case):
    model, targets, says = RAISES[case]
    book = Notebook("net.fit(x, t, epochs=2, validation_split=0.2, verbose=0)", fails=True, net=model, x=x, t=targets)
    assert book.report.exception is not None
    finding = book.report.findings[0]
    assert finding.fix is not None, finding.message
    assert says in finding.fix.code
    exec(compile(finding.fix.code, "<pasted>", "exec"), book.scope)
    assert book.scope["net"] is not model
    assert book.scope["net"].optimizer.iterations > 0, "the pasted code trains"
    assert book.rerun().exception is None


@pytest.mark.parametrize(("units", "activation"), [(2, "softmax"), (3, "tanh"), (3, "sigmoid")])
def test_no_loss_is_guessed_for_a_head_that_fits_none(units, activation):
    book = Notebook("net.fit(x, t, epochs=2, verbose=0)", fails=True, net=network(6, units, activation), x=x, t=y)
    assert book.report.findings[0].title == "the model is not compiled"
    assert book.report.findings[0].fix is None
