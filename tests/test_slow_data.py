"""Data that come slowly, or are larger than memory, cost a diagnosis its seconds and no more. Counted on a clock of our own."""

from __future__ import annotations

import keras
import numpy as np

import keras_magic as km
from keras_magic.clock import Clock
from keras_magic.trials.subsample import MOST_BYTES, READING, small_run
from tests.fixes.runs import run_of
from tests.test_prices import BATCH, counter

__all__ = ["counter"]
READ = 0.2  # seconds of a batch


class FromDisk(keras.utils.PyDataset):
    """Batches that take `READ` seconds each on the counter."""

    def __init__(self, counter, batches):
        super().__init__()
        self.counter, self.batches, self.read = counter, batches, 0

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        self.counter.now += READ
        self.read += 1
        x = np.random.default_rng(index).normal(size=(BATCH, 6)).astype("float32")
        return x, (x[:, 0] * x[:, 1] > 0).astype("int32")


def network(rate):
    keras.utils.set_random_seed(0)
    layers = [keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_a_diagnosis_keeps_its_seconds_where_batches_come_slowly(counter):
    data, held = FromDisk(counter, 200), FromDisk(counter, 40)
    found = km.diagnose(network(0.02), data, validation_data=held, epochs=3, verbose=0, seconds=10).diagnoses[-1]
    assert found.facts.data.sampled
    assert found.seconds <= 10


def test_a_search_of_the_learning_rate_reads_no_longer_than_a_part_of_its_seconds(counter):
    data = FromDisk(counter, 400)
    started = counter.now
    result = km.lr_find(network(0.02), data, seconds=20)
    assert counter.now - started <= 20
    assert data.read * READ <= 20 / 4 + READ
    assert any("batches were read" in note for note in result.notes), result.notes


def test_the_rows_of_a_trial_are_read_in_a_part_of_its_seconds(counter):
    data, held = FromDisk(counter, 200), FromDisk(counter, 40)
    small_run(run_of(network(0.02), data, validation_data=held), seed=0, clock=Clock(8.0))
    assert data.read * READ <= 8 * READING + 2 * READ
    assert held.read * READ <= 8 * READING + READ


def test_a_trial_takes_no_more_rows_than_fit_into_its_memory():
    """Rows of 1 MiB, of which no page is ever written."""
    x = np.broadcast_to(np.float32(1), (6000, 2**18))
    model = keras.Sequential([keras.Input((2**18,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    y = np.zeros(len(x))
    for held in ({"validation_split": 0.5}, {"validation_data": (x, y)}):
        small = small_run(run_of(model, x, y, **held), seed=0, clock=Clock())
        assert small.x.nbytes <= 2 * MOST_BYTES
        assert small.fit_arguments.get("validation_data", (x[:1],))[0].nbytes <= MOST_BYTES
