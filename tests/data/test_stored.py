"""PyDatasets that write into the arrays they hold: reported, and never changed by being looked at."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import keras_magic as km
from keras_magic.sources.batches import PyDatasetSource, untouched_random
from keras_magic.sources.stored import Shielded


class Rows(keras.utils.PyDataset):
    """Batches of 16 rows; `change` makes of a slice what is given to the network."""

    def __init__(self, change, dtype="float32"):
        super().__init__()
        random = np.random.default_rng(0)
        self.x, self.y = random.uniform(1, 250, (64, 5, 2)).astype(dtype), random.integers(0, 2, 64)
        self.cache, self.reads, self.rng = np.full_like(self.x, np.nan), np.zeros((4, 1)), random
        self.change = change

    def __len__(self):
        return 4

    def __getitem__(self, index):
        part = slice(16 * index, 16 * index + 16)
        self.reads[index] += 1
        return self.change(self, part), self.y[part]


def gained(data, part):
    batch = data.x[part]
    batch *= data.rng.normal(1.0, 0.2, (len(batch), 1, 1))
    return batch


def scaled(data, part):
    data.x[part] /= 255.0
    return data.x[part]


def noisy(data, part):
    batch = data.x[part]
    np.add(batch, data.rng.normal(0, 0.3, batch.shape), out=batch)
    return batch


def clipped(data, part):
    """Twice is as once."""
    data.x[part] = np.clip(data.x[part], 50, 200)
    return data.x[part]


def copied(data, part):
    batch = data.x[part].copy()
    batch *= data.rng.normal(1.0, 0.2, (len(batch), 1, 1))
    return batch


def cached(data, part):
    if np.isnan(data.cache[part]).any():
        data.cache[part] = data.x[part] / 255
    return data.cache[part]


@pytest.mark.parametrize(("change", "array"), [(gained, "x"), (scaled, "x"), (noisy, "x"), (copied, None), (cached, None)])
def test_rows_that_a_reading_changes_are_told_and_stay(change, array):
    dataset = Rows(change)
    before = {name: np.copy(value) for name, value in vars(dataset).items() if isinstance(value, np.ndarray)}
    found = PyDatasetSource(dataset).rewritten()
    assert (found and found["array"]) == array
    if found:
        assert found["rows"] == 16
        assert found["change"] > 0
    list(PyDatasetSource(dataset).batches())
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(dataset, name), value)


def test_what_changes_once_adds_nothing_up():
    assert PyDatasetSource(Rows(clipped)).rewritten() is None


def test_arrays_are_copied_only_where_they_are_written_to():
    plain = Rows(lambda data, part: data.x[part])
    plain.reads = [0] * 4
    shielded = Shielded(plain, untouched_random)
    batch, _ = shielded[1]
    assert np.shares_memory(batch, plain.x)
    assert not shielded.writes


def test_a_training_on_rows_that_augmentation_overwrites_is_told_so():
    model = keras.Sequential([keras.Input((5, 2)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    report = km.diagnose(model, Rows(noisy), epochs=2, verbose=0, seconds=0)
    found = next(f for f in report.findings if f.rule == "KM135")
    assert "16 rows of the array `x`" in found.message
    assert "2 epochs" in found.message
