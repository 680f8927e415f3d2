"""What validation data shares with training data: pieces of recordings, and statistics that only its own scaler gives it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import keras_magic as km
from keras_magic.facts import InputFacts, OutcomeFacts
from keras_magic.findings import Evidence
from keras_magic.sources import data as source
from keras_magic.sources import groups as grouping
from keras_magic.sources import passes
from keras_magic.sources import windows as sliding
from keras_magic.sources.drift import drift
from keras_magic.sources.row_hashes import sum_words
from keras_magic.testing import run_rule
from tests.data.planted import collect

LAGS = OutcomeFacts(task="regression", train=0.9, validation=0.2, attainable=0.9)


def recording(length=6000, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return (np.cumsum(rng.normal(size=(length, channels)), 0) + rng.normal(size=(length, channels))).astype("float32")


def windows(series, steps=64, stride=16):
    return np.stack([series[i : i + steps] for i in range(0, len(series) - steps + 1, stride)])


def mixed_up(x):
    return x[np.random.default_rng(1).permutation(len(x))]


def overlaps(x, **fit):
    """Hits on windows with labels of no meaning."""
    data = collect(x, np.arange(len(x)) % 2, **fit)
    assert data.validation.leaked == 0 or run_rule("KM111", data=data)
    return run_rule("KM122", data=data)


def split(x):
    cut = len(x) * 4 // 5
    return x[:cut], (x[cut:], np.arange(len(x) - cut) % 2)


# ---------------------------------------------------------------- overlapping windows


@pytest.mark.parametrize("stride", [1, 16, 32], ids=["by one step", "by a quarter", "by half"])
def test_windows_split_at_random_are_found(stride):
    x = mixed_up(windows(recording(6000 if stride > 1 else 1500), stride=stride))
    (hit,) = overlaps(x, validation_split=0.2)
    assert hit.level is Evidence.CONTRADICTION
    assert hit.evidence["overlapping"] > 0.9
    assert hit.evidence["steps"] == 64
    assert hit.evidence["chance"] == 0
    train, held = split(x)
    assert overlaps(train, validation_data=held)[0].evidence["shared_steps"] == hit.evidence["shared_steps"]


@pytest.mark.parametrize("shape", ["one channel", "a table"])
def test_windows_of_one_series_are_found(shape):
    x = mixed_up(windows(recording(channels=1), steps=24, stride=6))
    (hit,) = overlaps(x if shape == "one channel" else pd.DataFrame(x[..., 0].astype("float64")), validation_split=0.2)
    assert "of 24 steps" in hit.message
    assert "split the recording" in hit.fix.title.lower()


def test_pipelines_are_compared():
    tf = pytest.importorskip("tensorflow")
    x, (held, labels) = split(mixed_up(windows(recording())))
    stream = tf.data.Dataset.from_tensor_slices((x, np.arange(len(x)) % 2)).batch(32)
    (hit,) = run_rule("KM122", data=collect(stream, validation_data=tf.data.Dataset.from_tensor_slices((held, labels)).batch(32)))
    assert hit.evidence["rows"] == len(held)


def test_all_rows_are_compared_where_they_are_few_and_else_it_is_said(monkeypatch):
    x = mixed_up(windows(recording()))
    monkeypatch.setattr(passes, "SAMPLE_ROWS", 150)
    (hit,) = overlaps(x, validation_split=0.2)
    assert (hit.evidence["overlapping"], "at least" in hit.message) == (1.0, False)
    monkeypatch.setattr(source, "MOST_VALUES", 1000)
    (hit,) = overlaps(x, validation_split=0.2)
    assert "at least" in hit.message
    assert 0.5 < hit.evidence["overlapping"] < 1


def quantised(rng):
    return np.round(rng.normal(0.5, 0.01, (4000, 16, 1)), 2)


def shared_template(rng):
    """Each row holds one curve at a place of its own, over noise."""
    x, at = rng.normal(size=(1000, 40, 1)), rng.integers(0, 30, 1000)
    x[np.arange(1000)[:, None], at[:, None] + np.arange(10)] = np.sin(np.arange(10.0))[:, None]
    return x


SILENT = {
    "split in time": lambda rng: windows(recording()),
    "no overlap": lambda rng: mixed_up(windows(recording(30_000), stride=64)),
    "equal rows": lambda rng: mixed_up(np.repeat(rng.normal(size=(300, 20, 2)), 2, 0)),
    "few values": quantised,
    "a curve that comes again": shared_template,
    "an exact wave": lambda rng: np.sin(2 * np.pi * np.arange(64_000) / 40).reshape(-1, 16, 1),
    "whole numbers": lambda rng: mixed_up(windows(np.round(9 * recording()))),
    "ordinary columns": lambda rng: rng.normal(size=(3000, 12)),
    "pixels": lambda rng: (rng.random((500, 28, 28)) > 0.8) * rng.random((500, 28, 28)),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_overlap_is_silent(name):
    x = SILENT[name](np.random.default_rng(2))
    assert overlaps(x, validation_split=0.2) == []


def test_the_seam_of_few_validation_rows_is_no_leak():
    x = windows(recording(3000), stride=1)
    data = collect(x, np.arange(len(x)) % 2, validation_split=0.02)
    assert data.validation.overlap.share > 0.9
    assert run_rule("KM122", data=data) == []


# ---------------------------------------------------------------- separately scaled


def moved(rows=1000, held=300, columns=6, seed=0):
    """Two parts of one table of different units, the second one shifted, and what depends on them."""
    rng = np.random.default_rng(seed)
    x = rng.gamma(2.0, 10.0 ** rng.integers(-1, 3, columns), (rows + held, columns))
    x[rows:] *= 1.4
    y = x @ rng.normal(size=columns) + rng.normal(size=rows + held)
    return x[:rows], y[:rows], x[rows:], y[rows:]


def standard(values, like=None, ddof=0):
    like = values if like is None else like
    return ((values - like.mean(0)) / like.std(0, ddof=ddof)).astype("float32")


def from_0_to_1(values, like=None):
    like = values if like is None else like
    return ((values - like.min(0)) / (like.max(0) - like.min(0))).astype("float32")


def apart(x, y, held, labels, **facts):
    return run_rule("KM215", data=collect(x, y, validation_data=(held, labels)), **facts)


@pytest.mark.parametrize("scale", [standard, lambda v: standard(v, ddof=1), from_0_to_1], ids=["n", "n - 1", "0 to 1"])
@pytest.mark.parametrize("held", [40, 300, 50_000])
def test_a_scaler_of_its_own_is_seen(scale, held):
    x, y, x_val, y_val = moved(held=held)
    found = apart(scale(x), y, scale(x_val), y_val)
    if scale is from_0_to_1 and held < 100:
        return  # too few rows to tell the ends of the rows from those of the scale
    (hit,) = found
    assert "6 of 6 continuous columns" in hit.message
    assert (hit.severity, hit.level) == ("warning", Evidence.PLAUSIBLE)
    assert "not fit_transform" in hit.fix.code
    (hit,) = apart(scale(x), y, scale(x_val), y_val, outcome=LAGS)
    assert (hit.severity, hit.level) == ("error", Evidence.CONTRADICTION)


def test_what_is_no_quantity_beside_the_columns_does_not_matter():
    x, y, x_val, y_val = moved()
    flags = np.random.default_rng(1).integers(0, 2, (1300, 3))
    (hit,) = apart(np.c_[standard(x), flags[:1000]], y, np.c_[standard(x_val), flags[1000:]], y_val)
    assert "6 of 6" in hit.message


def test_targets_scaled_apart_are_seen():
    x, y, x_val, y_val = moved()
    (hit,) = apart(standard(x), standard(y), standard(x_val, x), standard(y_val))
    assert "the target y has exactly" in hit.message
    assert "y_scaler" in hit.fix.code
    assert apart(standard(x), standard(y), standard(x_val, x), standard(y_val, y)) == []
    two, held = np.c_[y, x[:, 0]], np.c_[y_val, x_val[:, 0]]
    assert len(apart(standard(x), standard(two), standard(x_val, x), standard(held))) == 1


def test_channels_of_sequences_scaled_apart_are_seen():
    x = np.random.default_rng(0).gamma(2.0, 9.0, (600, 30, 4))
    x[400:] *= 1.3
    parts = [standard(p.reshape(-1, 4)).reshape(p.shape) for p in (x[:400], x[400:])]
    assert len(apart(parts[0], np.arange(400) % 2, parts[1], np.arange(200) % 2)) == 1


def by_row(x):
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)


def one_scaler(scale):
    x, y, x_val, y_val = moved()
    return scale(x), y, scale(x_val, x), y_val


def scaled_as_a_whole():
    x, y, _, _ = moved()
    x = standard(x)
    return x[:800], y[:800], x[800:], y[800:]


def each_row_by_itself():
    x = by_row(np.random.default_rng(0).gamma(2.0, 9.0, (600, 30, 2)))
    return x[:400], np.arange(400) % 2, x[400:], np.arange(200) % 2


def pixels():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = x[:, x.max(0) == 16] / 16
    return x[:1200], y[:1200], x[1200:], y[1200:]


def shares():
    x = np.round(np.random.default_rng(0).random((6000, 5)), 2)
    return x[:5000], x[:5000, 0], x[5000:], x[5000:, 0]


def the_same_rows():
    x, y, _, _ = moved()
    return standard(x), y, standard(x), y


def raw_training_rows():
    x, y, x_val, y_val = moved()
    return x, y, standard(x_val), y_val


def one_column_by_chance():
    """The mean and the deviation of this one column are near 0 and 1, as those of one sample in some thousands."""
    x = np.random.default_rng(0).normal(size=(1500, 1))
    x[1000:] = standard(x[1000:].astype("float64")) * 1.00005 + 0.00005
    return x[:1000], x[:1000, 0] > 0, x[1000:], x[1000:, 0] > 0


NOT_APART = [
    lambda: one_scaler(standard), lambda: one_scaler(from_0_to_1), scaled_as_a_whole, each_row_by_itself, pixels, shares,
    the_same_rows, raw_training_rows, one_column_by_chance,
]  # fmt: skip


@pytest.mark.parametrize("make", NOT_APART, ids=["standard", "0 to 1", *(f.__name__ for f in NOT_APART[2:])])
def test_one_scaler_is_silent(make):
    assert apart(*make()) == []


def test_a_split_of_what_was_scaled_as_a_whole_is_silent():
    x, y, _, _ = moved()
    assert run_rule("KM215", data=collect(standard(x), standard(y), validation_split=0.2)) == []


# ---------------------------------------------------------------- groups on both sides of the split


def persons(count, each, classes=2, noise=0.3, split=None):
    """Rows of persons, each with a look of their own that says nothing of the label,
    split at random unless told; as many classes as persons: each is one."""
    rng = np.random.default_rng(3)
    own, label = rng.normal(size=(count, 20)), rng.integers(0, classes, count) if classes < count else rng.permutation(count)
    x = np.repeat(own, each, 0) + noise * rng.normal(size=(count * each, 20))
    y = np.repeat(label, each)
    order = rng.permutation(len(x)) if split is None else np.arange(len(x))
    x, y, cut = x[order].astype("float32"), y[order], split or len(x) * 3 // 4
    return x[:cut], y[:cut], x[cut:], y[cut:]


def grouped(x, y, x_val, y_val):
    return run_rule("KM123", data=collect(x, y, validation_data=(x_val, y_val)))


@pytest.mark.parametrize("each", [2, 6, 12])
def test_persons_on_both_sides_are_found(each):
    (hit,) = grouped(*persons(300, each))
    assert hit.evidence["agreement_within"] > 0.95
    assert hit.evidence["agreement_beyond"] < 0.7
    assert hit.evidence["group"] <= each


def test_numbers_of_persons_on_both_sides_are_found():
    x, y, x_val, y_val = persons(300, 6, classes=300)
    (hit,) = grouped(x, y + 0.5, x_val, y_val + 0.5)
    assert "R²" in hit.message


def tight_classes():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 1600)
    x = (8 * rng.normal(size=(4, 12))[y] + rng.normal(size=(1600, 12))).astype("float32")
    return x[:1200], y[:1200], x[1200:], y[1200:]


@pytest.mark.parametrize(
    "make", [lambda: persons(300, 6, split=1350), tight_classes, lambda: persons(20, 12, classes=20)], ids=["apart", "tight", "few"]
)
def test_rows_drawn_one_by_one_are_silent(make):
    assert grouped(*make()) == []


def test_images_of_one_kind_do_not_drift_whatever_every_nth_value_is():
    """The left column of each image is nearly always empty: a sample of every eighth value would hold nothing else."""
    rng = np.random.default_rng(0)
    images = rng.random((4000, 8, 8, 1)).astype("float32")
    images[:, :, 0] = 0
    train, held = images[:2800], images[2800:3600]
    (found,) = drift(InputFacts(name="x", shape=(8, 8, 1), dtype="float32", role="image"), train, held).values()
    assert abs(found["mean_shift"]) < 0.05
    assert abs(found["std_ratio"] - 1) < 0.05


@pytest.mark.parametrize("columns", [(), (1,)])
def test_windows_of_a_periodic_series_split_in_time_are_no_persons(columns):
    at = np.arange(480)
    series = 90 * np.sin(2 * np.pi * at / 12) + 35 * np.sin(2 * np.pi * at / 60) + np.random.default_rng(0).normal(0, 8, 480)
    x, y = windows(series, 24, 1)[:456].reshape(456, 24, *columns), series[24:]
    data = collect(x[:360], y[:360], validation_data=(x[360:], y[360:]))
    assert not run_rule("KM123", data=data)
    order = np.random.default_rng(0).permutation(360)  # the same rows, no longer windows in their order
    assert run_rule("KM123", data=collect(x[:360][order], y[:360][order], validation_data=(x[360:], y[360:])))


# ---------------------------------------------------------------- what it costs


def test_the_nearest_rows_are_those_of_a_full_search():
    rng = np.random.default_rng(0)
    rows, others = (rng.normal(size=(n, 5)).astype("float32") for n in (2000, 20))
    place, distance = grouping._nearest(rows, others)
    full = np.sqrt(((others[:, None] - rows[None]) ** 2).sum(2))
    assert (place == full.argsort(1)[:, : grouping.NEAREST]).all()
    np.testing.assert_allclose(distance, np.take_along_axis(full, place, 1), rtol=1e-3)


def test_windows_are_looked_for_among_so_many_values_and_it_is_said_that_there_may_be_more(monkeypatch):
    looked_at = []
    monkeypatch.setattr(sliding, "MOST_COMPARED", 2**16)
    monkeypatch.setattr(sliding, "sum_words", lambda arrays: (looked_at.append(arrays[0].size), sum_words(arrays))[1])
    x = np.random.default_rng(0).normal(size=(400, 1000)).astype("float32")
    facts = [InputFacts(name="x", shape=(1000,), dtype="float32", role="table")]
    found = sliding.overlap(facts, [x], [x[:200]])
    assert max(looked_at) <= 2**16
    assert found is not None
    assert not found.complete
    assert sliding.overlap(facts, [x[:60]], [x[:30]]).complete


def test_a_split_that_leaves_no_row_is_looked_at():
    facts = km.audit(np.ones((1, 8), "float32"), np.ones(1), validation_split=1e-9).diagnoses[0].facts
    assert not [note for note in facts.missing if note.startswith("data")]
