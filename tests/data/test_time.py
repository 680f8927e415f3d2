"""The time of an audit is bounded by its seconds, not by the data; counted on a clock that goes on as batches are read."""

from __future__ import annotations

import time

import keras
import numpy as np
import pytest

import keras_magic as km


class FromDisk(keras.utils.PyDataset):
    """A million batches, each of which takes a fifth of a second to read."""

    now = 100.0

    @property
    def num_batches(self):
        return 1_000_000

    def __getitem__(self, index):
        FromDisk.now += 0.2
        rng = np.random.default_rng(index)
        return rng.normal(size=(8, 3)).astype("float32"), rng.integers(0, 2, 8)


@pytest.mark.parametrize("seconds", [5.0, 20.0])
def test_an_audit_ends_within_its_seconds(monkeypatch, seconds):
    monkeypatch.setattr(time, "perf_counter", lambda: FromDisk.now)
    started = FromDisk.now
    report = km.audit(FromDisk(), validation_data=FromDisk(), seconds=seconds)
    assert FromDisk.now - started <= seconds + 1
    data = report.diagnoses[-1].facts.data
    assert data.sampled
    assert data.rows_seen >= 8 * 0.45 * seconds / 0.2
    assert sum("Reading stopped" in note for note in data.notes) == 2
