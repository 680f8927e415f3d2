"""What validation data shares with training data: pieces of recordings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keras_magic.sources import data as source
from keras_magic.testing import run_rule
from tests.data.planted import collect


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
    return run_rule("KM121", data=data)


def split(x):
    cut = len(x) * 4 // 5
    return x[:cut], (x[cut:], np.arange(len(x) - cut) % 2)


# ---------------------------------------------------------------- overlapping windows


@pytest.mark.parametrize("stride", [1, 16, 32], ids=["by one step", "by a quarter", "by half"])
def test_windows_split_at_random_are_found(stride):
    x = mixed_up(windows(recording(6000 if stride > 1 else 1500), stride=stride))
    (hit,) = overlaps(x, validation_split=0.2)
    assert hit.confidence == 0.9
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
    (hit,) = run_rule("KM121", data=collect(stream, validation_data=tf.data.Dataset.from_tensor_slices((held, labels)).batch(32)))
    assert hit.evidence["rows"] == len(held)


def test_all_rows_are_compared_where_they_are_few_and_else_it_is_said(monkeypatch):
    x = mixed_up(windows(recording()))
    monkeypatch.setattr(source, "SAMPLE_ROWS", 150)
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
    assert run_rule("KM121", data=data) == []
