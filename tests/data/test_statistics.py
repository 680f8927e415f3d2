"""The accumulators: any cut into batches and any order of merging gives the same result."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from keras_magic.sources.columns import categorical_score, sentinel
from keras_magic.sources.passes import Pass
from keras_magic.sources.replay import Batch
from keras_magic.sources.row_hashes import RowHashes, mixed, sum_words
from keras_magic.sources.statistics import Labels, Moments, Reservoir

VALUES = st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0])
TABLES = arrays.arrays("float32", st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=VALUES)


def hashes(arrays_):
    return mixed(sum_words(arrays_))


def cut(array, at):
    edges = [0, *sorted(a % (len(array) + 1) for a in at), len(array)]
    return [array[a:b] for a, b in pairwise(edges)]


@settings(max_examples=150, deadline=None)
@given(TABLES, st.lists(st.integers(0, 60), max_size=4), st.integers(0, 3))
def test_moments_do_not_depend_on_the_cut(table, at, pivot):
    whole = Moments(table.shape[1]).update(table)
    parts = [Moments(table.shape[1]).update(p) for p in cut(table, at)]
    pivot %= len(parts)
    merged = Moments(table.shape[1])
    for part in parts[pivot:] + parts[:pivot]:
        merged.merge(part)
    for name in ("count", "nan", "inf", "min", "max"):
        assert np.array_equal(getattr(whole, name), getattr(merged, name))
    finite = np.where(np.isfinite(table), table, np.nan).astype("float64")
    scale = np.maximum(1.0, np.abs(np.nan_to_num(finite)).max(0))
    assert np.allclose(whole.mean, merged.mean, atol=1e-5 * scale.max())
    for i in np.flatnonzero(whole.count):
        column = finite[:, i][np.isfinite(finite[:, i])]
        for state in (whole, merged):
            assert abs(state.mean[i] - column.mean()) <= 1e-5 * scale[i]
            assert abs(state.std[i] - column.std()) <= 1e-4 * scale[i]


@pytest.mark.parametrize("columns", [1, 3, 50, 700])
def test_a_large_offset_does_not_hurt(columns):
    x = np.random.default_rng(0).normal(1e4, 1, (200_000 // columns, columns)).astype("float32")
    exact = x.astype("float64")
    state = Moments(columns).update(x)
    assert np.abs(state.std - exact.std(0)).max() < 1e-3
    assert np.abs(state.mean - exact.mean(0)).max() < 1e-4


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "bool", "float16", "float64"])
def test_every_dtype(dtype):
    x = np.random.default_rng(0).integers(0, 2, (5000, 1)).astype(dtype)
    state = Moments(1).update(x)
    assert (state.min[0], state.max[0], state.count[0]) == (0, 1, 5000)
    assert state.mean[0] == pytest.approx(x.mean(dtype="float64"), abs=1e-6)
    assert state.std[0] == pytest.approx(x.astype("float64").std(), abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-3, 6), max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_labels_do_not_depend_on_the_cut(values, at):
    y = np.array(values, "int64")
    whole, merged = Labels().update(y), Labels()
    for part in cut(y, at):
        merged.merge(Labels().update(part))
    assert (whole.counts, whole.rows, whole.changes, whole.steps) == (merged.counts, merged.rows, merged.changes, merged.steps)
    assert whole.changes == int((y[1:] != y[:-1]).sum())


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 300), st.integers(1, 50), st.lists(st.integers(0, 300), max_size=4))
def test_a_sample_holds_rows_of_the_data_in_order(rows, size, at):
    x = np.arange(rows)[:, None]
    state = Reservoir(size)
    for i, part in enumerate(cut(x, at)):
        state.merge(Reservoir(size, seed=i).update([part, part * 2]))
    kept, doubled = state.result()
    assert len(kept) == min(rows, size)
    assert (np.diff(kept[:, 0]) > 0).all()
    assert np.array_equal(doubled, kept * 2)


def test_a_sample_is_uniform():
    hits = np.zeros(100)
    for seed in range(400):
        state = Reservoir(10, seed)
        for part in np.array_split(np.arange(100)[:, None], 7):
            state.update([part])
        hits[state.result()[0][:, 0]] += 1
    assert abs(hits[:50].sum() - hits[50:].sum()) < 4 * np.sqrt(4000)
    assert hits.min() > 15


@settings(max_examples=60, deadline=None)
@given(TABLES, st.lists(st.integers(0, 60), max_size=3), st.integers(0, 3), st.sampled_from([4, 10, 1000]))
def test_hashed_rows_do_not_depend_on_the_cut(table, at, pivot, limit):
    y = np.arange(len(table)) % 2
    whole, merged = RowHashes(limit).update([table], [y]).result(), RowHashes(limit)
    parts = list(zip(cut(table, at), cut(y, at), strict=True))
    pivot %= len(parts)
    for x, labels in parts[pivot:] + parts[:pivot]:
        merged.merge(RowHashes(limit).update([x], [labels]))
    found = merged.result()
    assert np.array_equal(found.hashes, whole.hashes)
    assert np.array_equal(found.counts, whole.counts)
    assert (found.duplicates, found.conflicts, found.bits) == (whole.duplicates, whole.conflicts, whole.bits)
    assert len(found.hashes) <= limit


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(0, 2**16), st.lists(st.integers(0, 60), max_size=4))
def test_a_pass_does_not_depend_on_the_cut(table, seed, at):
    """Everything that a pass gathers of several inputs and targets: batch by batch, and as pieces merged in their order."""
    rng = np.random.default_rng(seed)
    x = {"numbers": table, "ids": rng.integers(0, 50, (len(table), 9)), "words": rng.choice(["a", "b"], (len(table), 2))}
    y = [rng.integers(0, 3, len(table)), np.eye(4)[rng.integers(0, 4, len(table))], rng.normal(size=len(table))]
    edges = [0, *sorted(a % (len(table) + 1) for a in at), len(table)]
    batches = [Batch({k: v[a:b] for k, v in x.items()}, [v[a:b] for v in y], np.ones(b - a)) for a, b in pairwise(edges)]
    whole, streamed, merged = Pass().update(Batch(x, y, np.ones(len(table)))), Pass(), Pass()
    for batch in batches:
        streamed.update(batch)
        merged.merge(Pass().update(batch))
    for other in (streamed, merged):
        assert_same_pass(whole, other)


def assert_same_pass(whole, other):
    assert (whole.rows, whole.weight_zeros) == (other.rows, other.weight_zeros)
    for ours, theirs in zip(whole.sampled()[0] + whole.sampled()[1], other.sampled()[0] + other.sampled()[1], strict=True):
        assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f")
    assert np.array_equal(whole.hashes.result().hashes, other.hashes.result().hashes)
    for a, b in zip((*whole.inputs, *whole.targets), (*other.inputs, *other.targets), strict=True):
        assert (a.name, a.shape) == (b.name, b.shape)
        for name in ("count", "nan", "inf", "min", "max"):
            assert np.array_equal(getattr(a.moments, name), getattr(b.moments, name)), name
    for a, b in zip(whole.targets, other.targets, strict=True):
        assert (a.labels.counts, a.labels.rows, a.labels.changes) == (b.labels.counts, b.labels.rows, b.labels.changes)
        if a.rows is not None:
            for name in ("rows", "binary", "single", "shares"):
                assert getattr(a.rows, name) == getattr(b.rows, name)
            assert np.array_equal(a.rows.positives, b.rows.positives)
            assert a.rows.labels.counts == b.rows.labels.counts


def test_duplicates_conflicts_and_shared_rows_are_counted():
    x, y = np.array([[1], [2], [2], [3], [3], [3]]), np.array([0, 1, 1, 0, 1, 1])
    found = RowHashes().update([x], [y]).result()
    assert found.duplicates == pytest.approx(2 / 6)  # the second (2, 1) and the second (3, 1)
    assert found.conflicts == pytest.approx(3 / 6)  # 3 stands with 0 and with 1
    assert found.shared(RowHashes().update([np.array([[2], [2], [9], [8]])]).result()) == 0.5


def test_shares_of_many_rows_come_from_a_sample_of_them():
    rows = 40_000
    x = np.random.default_rng(0).normal(size=(rows, 2))
    x[: rows // 4] = x[rows // 2 : rows // 2 + rows // 4]
    state = RowHashes(limit=4096)
    for part in np.array_split(x, 7):
        state.update([part])
        assert state._held <= 1.25 * 4096
    found = state.result()
    assert found.bits >= 3
    assert found.duplicates == pytest.approx(0.25, abs=0.04)
    assert found.shared(RowHashes().update([np.concatenate([x[-900:], x[-900:] + 1])]).result()) == pytest.approx(0.5, abs=0.15)


def test_many_equal_rows_are_one():
    state = RowHashes(limit=100)
    for _ in range(10):
        state.update([np.zeros((1000, 3))])
    assert state.result().duplicates == pytest.approx(0.9999)
    assert state.bits == 0


def test_hashes_tell_rows_apart_and_ignore_the_dtype():
    x = np.random.default_rng(0).normal(size=(50_000, 3)).astype("float32")
    assert len(np.unique(hashes([x]))) == len(x)
    assert np.array_equal(hashes([x]), hashes([x.astype("float64")]))
    words = np.array([["a", "b"], ["a", "b"], ["b", "a"]], dtype=object)
    first, second, third = hashes([words])
    assert first == second != third


def test_codes_score_and_smooth_quantities_do_not():
    rng = np.random.default_rng(0)

    def score(values, target):
        return categorical_score(values, ((target - target.mean()) / target.std())[:, None])

    codes, ages = rng.integers(0, 30, 3000), rng.integers(18, 80, 3000)
    assert score(codes, rng.normal(size=30)[codes] + rng.normal(size=3000)) > 0.15
    assert score(ages, np.sin(ages / 8.0) + rng.normal(size=3000)) < 0.02
    assert score(ages, (ages > 50) + rng.normal(size=3000)) < 0.02
    assert score(ages, (ages > 50) + 0.0) == 0
    counts = rng.poisson(40, 3000)
    assert score(counts, (counts > 45) + 0.0) == 0
    many, prices = rng.integers(0, 900, 3000), np.round(rng.lognormal(5, 0.5, 3000))
    assert score(many, rng.normal(size=900)[many] + rng.normal(size=3000)) > 0.15
    assert score(prices, np.log(prices) + 0.1 * rng.normal(size=3000)) < 0.02
    assert score(many, rng.normal(size=3000)) < 0.02
    assert score(codes, rng.normal(size=3000)) < 0.02


def test_sentinels_stand_apart():
    rng = np.random.default_rng(0)
    usual = rng.normal(50, 10, 1000)
    marked = np.unique(np.r_[usual, np.full(30, -999.0)], return_counts=True)
    assert sentinel(*marked) == (-999.0, pytest.approx(30 / 1030))
    assert sentinel(*np.unique(usual, return_counts=True)) is None
    assert sentinel(*np.unique(np.maximum(usual, 50), return_counts=True)) is None  # clipped, no gap


def test_wide_rows_are_summed_up_several_at_once(monkeypatch):
    """Whatever is done once for each block costs as much as a row of it."""
    blocks = []
    monkeypatch.setattr(
        Moments, "_add", lambda self, piece, fold, add=Moments._add: (blocks.append(len(piece)), add(self, piece, fold))
    )
    x = np.random.default_rng(0).normal(size=(64, 70_000)).astype("float32")
    found = Moments(70_000).update(x)
    assert len(blocks) <= 8
    np.testing.assert_allclose(found.std, x.std(0, dtype="float64"), rtol=1e-5)
