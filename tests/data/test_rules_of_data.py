"""Rules that need real values to be judged: float32 statistics, padding, collinearity."""

from __future__ import annotations

import numpy as np
import pytest

from keras_magic.facts import OutcomeFacts
from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.testing import run_rule

FAILED = OutcomeFacts(task="binary", train=0.1, validation=0.05, attainable=0.9)


def collect(x, y):
    return collect_data(Run(model=None, x=x, y=y))


def offsets(rows=200_000):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 6)).astype("float32")
    x[:, 5] = rng.normal(1e4, 1, rows)
    return x, rng.integers(0, 2, rows)


def test_a_mean_in_float32_is_seen_in_what_it_standardised():
    x, y = offsets()
    naive = (x - x.mean(0)) / x.std(0)
    assert abs(naive[:, 5].mean(dtype="float64")) > 0.05, "numpy's mean is exact here, nothing is tested"
    hits = run_rule("KM212", data=collect(naive, y))
    assert [h.evidence["column"] for h in hits] == ["5"]
    exact = x.astype("float64")
    exact = ((exact - exact.mean(0)) / exact.std(0)).astype("float32")
    assert run_rule("KM212", data=collect(exact, y)) == []


def test_raw_offsets_are_noted_from_float32_on():
    x, y = offsets(5000)
    assert [h.evidence["column"] for h in run_rule("KM212", data=collect(x, y))] == ["5"]
    assert run_rule("KM212", data=collect(x.astype("float64"), y)) == []
    x[:, 5] -= 9990
    assert run_rule("KM212", data=collect(x, y)) == []


def test_units_of_the_same_are_collinear():
    x, y = offsets(2000)
    x[:, 4] = 32 + 1.8 * x[:, 0]
    assert run_rule("KM211", data=collect(x, y))[0].evidence["pairs"] == [("0", "4")]


@pytest.mark.parametrize(
    ("padding", "mask", "hits"), [("post", False, 1), ("pre", False, 0), ("post", True, 0)], ids=["post", "pre", "masked"]
)
def test_padding_read_last_is_seen(padding, mask, hits):
    keras = pytest.importorskip("keras")
    from keras_magic.sources.model import collect_model

    rng = np.random.default_rng(0)
    words = [rng.integers(1, 200, rng.integers(5, 60)).tolist() for _ in range(300)]
    x = keras.utils.pad_sequences(words, maxlen=90, padding=padding)
    layers = [keras.Input((90,)), keras.layers.Embedding(200, 4, mask_zero=mask), keras.layers.LSTM(4), keras.layers.Dense(1)]
    model = collect_model(keras.Sequential(layers))
    data = collect_data(Run(model=None, x=x, y=np.arange(300) % 2), model)
    found = run_rule("KM118", data=data, model=model, outcome=FAILED)
    assert [str(h.severity) for h in found] == ["warning"] * hits
    assert all(str(h.severity) == "info" for h in run_rule("KM118", data=data, model=model))
