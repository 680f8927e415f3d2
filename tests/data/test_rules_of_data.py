"""Rules that need real values to be judged: float32 statistics, padding, collinearity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keras_magic.facts import OutcomeFacts
from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.testing import run_rule

FAILED = OutcomeFacts(task="binary", train=0.1, validation=0.05, attainable=0.9)


def collect(x, y, **fit):
    return collect_data(Run(model=None, x=x, y=y, fit_arguments=fit))


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


ROWS = 3000
RANDOM = np.random.default_rng(11)


def with_column(values):
    x = np.random.default_rng(1).normal(size=(len(values), 4))
    x[:, 1] = values
    return collect(x, (x[:, 0] + np.random.default_rng(2).normal(size=len(values)) > 0).astype(int))


@pytest.mark.parametrize(
    "values",
    [RANDOM.lognormal(0, 3, ROWS), RANDOM.pareto(1.2, ROWS), RANDOM.standard_cauchy(ROWS), RANDOM.lognormal(0, 2, 50_000)],
    ids=["log-normal", "Pareto", "Cauchy", "many rows"],
)
def test_natural_tails_are_to_be_bent_and_are_no_outliers(values):
    data = with_column(values)
    (hit,) = run_rule("KM213", data=data)
    assert "logarithms" in hit.message
    assert hit.fix.name == "power-transform"
    assert run_rule("KM205", data=data) == []


def test_scaling_bends_the_tails_first():
    (hit,) = run_rule("KM203", data=with_column(RANDOM.lognormal(3, 3, ROWS)))
    assert "PowerTransformer" in hit.fix.code
    assert "StandardScaler" in hit.fix.code
    (hit,) = run_rule("KM203", data=with_column(RANDOM.normal(300, 100, ROWS)))
    assert "PowerTransformer" not in hit.fix.code


@pytest.mark.parametrize(
    "values",
    [RANDOM.normal(size=ROWS), RANDOM.lognormal(0, 1, ROWS), RANDOM.exponential(size=50_000), RANDOM.pareto(3, ROWS)],
    ids=["normal", "log-normal", "exponential", "Pareto"],
)
def test_planted_outliers_are_no_tail(values):
    values = values.copy()
    values[[7, 90, 1100]] = 1e6, 4e5, 1e6
    data = with_column(values)
    (hit,) = run_rule("KM205", data=data)
    assert list(hit.evidence) == ["1"]
    assert run_rule("KM213", data=data) == []
    assert run_rule("KM205", data=with_column(np.delete(values, [7, 90, 1100]))) == []


def test_targets_with_a_natural_tail_are_no_outliers():
    x = np.random.default_rng(3).normal(size=(ROWS, 3))
    y = np.exp(2 * x[:, 0] + np.random.default_rng(4).normal(size=ROWS))
    (hit,) = run_rule("KM213", data=collect(x, y))
    assert (hit.cause, hit.fix.name) == ("target-not-scaled", "bend-targets")
    assert run_rule("KM206", data=collect(x, y)) == []
    planted = x[:, 0].copy()
    planted[5:9] = 3e4
    assert run_rule("KM213", data=collect(x, planted)) == []
    assert len(run_rule("KM206", data=collect(x, planted))) == 1


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (RANDOM.permutation(ROWS) + 1, True),
        (np.arange(ROWS) + 100_000, True),
        (RANDOM.choice(40 * ROWS, ROWS, replace=False), True),
        (np.round(RANDOM.lognormal(10, 0.5, ROWS)), False),
        (RANDOM.integers(1950, 2025, ROWS), False),
        (RANDOM.integers(0, 10**9, ROWS), False),
        (RANDOM.poisson(4, ROWS), False),
    ],
    ids=["1..N", "running", "some of many", "price", "year", "cents", "count"],
)
def test_identifiers_are_told_from_quantities(values, found):
    data = with_column(values.astype("float64"))
    hits = run_rule("KM214", data=data)
    assert len(hits) == found
    assert len(run_rule("KM203", data=data)) == (not found and np.max(values) > 20)
    if found:
        assert "Column 1 of x is an identifier" in hits[0].message


def test_a_grid_along_which_the_target_changes_is_a_quantity():
    x = np.random.default_rng(5).normal(size=(ROWS, 3))
    x[:, 1] = np.random.default_rng(6).permutation(ROWS)
    y = np.sin(x[:, 1] / 100) + x[:, 0]
    assert run_rule("KM214", data=collect(x, y)) == []
    assert len(run_rule("KM203", data=collect(x, y))) == 1
    assert run_rule("KM214", data=collect(x[:, 1:2], x[:, 0])) == []  # the only column: it is the feature


def test_targets_in_thousands_are_told_without_a_model():
    x = np.random.default_rng(7).normal(size=(ROWS, 3))
    (hit,) = run_rule("KM209", data=collect(x, 5000 + 900 * x[:, 0]))
    assert str(hit.severity) == "warning"
    assert run_rule("KM209", data=collect(x, x[:, 0])) == []
    assert run_rule("KM209", data=collect(x, np.arange(ROWS) % 3 + 5000)) == []


@pytest.mark.parametrize("other", [1, 3], ids=["fewer", "more"])
def test_validation_data_of_another_width_names_both(other):
    x, y = offsets(400)
    data = collect(x, y, validation_data=(x[:90, [0] * other], y[:90]))
    (hit,) = run_rule("KM120", data=data)
    assert f"{other} columns in x, the training data has 6." in hit.message
    narrow = pd.DataFrame(x, columns=list("abcdef"))
    (hit,) = run_rule("KM120", data=collect(narrow, y, validation_data=(narrow[list("abdef")][:90], y[:90])))
    assert hit.message.endswith("has 5 columns in x, the training data has 6: c only in the training data.")


def test_sequences_padded_on_the_other_side_are_found():
    rng = np.random.default_rng(0)
    words, lengths = rng.integers(1, 50, (200, 20)), rng.integers(8, 20, 200)[:, None]
    post = np.where(np.arange(20) < lengths, words, 0)
    y = lengths[:, 0] % 2
    for train, held, found in ((post, post[:, ::-1], 1), (post, post, 0)):
        hits = run_rule("KM120", data=collect(train, y, validation_data=(held[:60], y[:60])))
        assert len(hits) == found
    assert "at the start" in run_rule("KM120", data=collect(post, y, validation_data=(post[:60, ::-1], y[:60])))[0].message


def test_validation_columns_are_compared_by_name():
    frame, y = pd.DataFrame(offsets(400)[0], columns=list("abcdef")), offsets(400)[1]
    (hit,) = run_rule("KM120", data=collect(frame, y, validation_data=(frame[list("bacdef")][:90], y[:90])))
    assert "column 0 is b there and a in the training data" in hit.message
    (hit,) = run_rule("KM120", data=collect(frame, y, validation_data=(frame.rename(columns={"c": "z"})[:90], y[:90])))
    assert "c only in the training data; z only in the validation data" in hit.message
    assert run_rule("KM120", data=collect(frame, y, validation_data=(frame[:90], y[:90, None]))) == []
    assert run_rule("KM120", data=collect(frame, y, validation_data=(frame[:90].to_numpy(), y[:90]))) == []


def test_inputs_of_a_dict_are_compared_by_name_whatever_their_order():
    x, y = offsets(400)
    given = {"first": x[:, :2], "second": x[:, 2:]}
    turned = {"second": x[300:, 2:], "first": x[300:, :2]}
    data = collect(given, y, validation_data=(turned, y[300:]))
    assert run_rule("KM120", data=data) == []
    assert data.validation.leaked == 1.0
    several = collect(given, {"a": y, "b": np.c_[y, y, y]}, validation_data=(turned, {"b": np.ones((100, 3)), "a": y[300:]}))
    assert run_rule("KM120", data=several) == []
    assert run_rule("KM120", data=collect(given, y, validation_data=([x[300:, :2], x[300:, 2:]], y[300:]))) == []
    (hit,) = run_rule("KM120", data=collect(given, y, validation_data=({"first": x[:, :2]}, y)))
    assert "1 (first) in place of 2 (first and second)" in hit.message


@pytest.mark.parametrize(("shape", "hits"), [((50, 3), 0), ((40, 2), 1), ((40,), 1)], ids=["longer", "thinner", "flat"])
def test_only_axes_that_can_vary_may_vary(shape, hits):
    x, y = np.random.default_rng(8).normal(size=(200, 40, 3)), np.arange(200) % 2
    data = collect(x, y, validation_data=(np.ones((90, *shape)), y[:90]))
    assert len(run_rule("KM120", data=data)) == hits


def test_validation_data_without_rows_or_targets_is_named():
    x, y = offsets(400)
    assert "no targets" in run_rule("KM120", data=collect(x, y, validation_data=(x[:9],)))[0].message
    (hit,) = run_rule("KM103", data=collect(x, y, validation_data=(x[:0], y[:0])))
    assert hit.message == "The validation data has no rows."


def test_validation_data_that_breaks_off_is_told():
    def broken():
        yield np.ones((8, 6)), np.ones(8)
        raise OSError("gone")

    data = collect(*offsets(400), validation_data=broken())
    (hit,) = run_rule("KM119", data=data)
    assert hit.message == "Batch 2 of the validation data raised OSError: gone; only the 8 rows before it were seen."
    assert run_rule("KM103", data=data) == []


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


@pytest.mark.parametrize("beside", [True, False])
def test_a_mask_that_is_the_same_everywhere_is_no_constant_feature(beside):
    rng = np.random.default_rng(0)
    tokens, mask = rng.integers(1, 50, (200, 12)), np.ones((200, 12), "int32")
    x = {"token_ids": tokens, "padding_mask": mask} if beside else mask
    hits = run_rule("KM201", data=collect(x, rng.integers(0, 2, 200)))
    assert len(hits) == (0 if beside else 1)
