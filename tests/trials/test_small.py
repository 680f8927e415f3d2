"""How a trial's rows are fed to `fit`."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest

from keras_magic.trials.subsample import feed, small_run
from tests.fixes.runs import run_of

X = np.arange(10.0)[:, None]
Y = np.arange(10)


def taken(dataset, batches):
    return [tuple(np.asarray(part) for part in batch) for batch in itertools.islice(dataset, batches)]


def test_rows_come_once_and_in_order_for_judging():
    batches = list(feed((X, Y), 4))
    assert [len(y) for _, y in batches] == [4, 4, 2]
    assert np.concatenate([y for _, y in batches]).tolist() == Y.tolist()


@pytest.mark.parametrize("shuffle", [True, False])
def test_each_pass_has_every_row_once(shuffle):
    batches = taken(feed((X, Y), 4, shuffle=shuffle, seed=1), 6)
    passes = [np.concatenate([y for _, y in batches[i : i + 3]]) for i in (0, 3)]
    assert all(sorted(rows) == Y.tolist() for rows in passes)
    assert (passes[0].tolist() == Y.tolist()) is not shuffle
    assert (passes[0].tolist() == passes[1].tolist()) is not shuffle
    assert all((x[:, 0] == y).all() for x, y in batches)


def test_the_seed_settles_the_order():
    first, again, other = (taken(feed((X, Y), 4, shuffle=True, seed=seed), 3) for seed in (3, 3, 4))
    assert all((a[1] == b[1]).all() for a, b in zip(first, again, strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(first, other, strict=True))


def test_values_are_converted_as_keras_does():
    words = np.array(["a", "b"] * 5, dtype=object)
    ((x, y, weight),) = feed(({"a": X, "b": words}, [Y, X], np.ones(10)), 10)
    assert x["a"].dtype == "float32"
    assert x["b"].dtype == "string"
    assert isinstance(y, tuple)
    assert y[0].dtype == "int64"
    assert weight.dtype == "float32"


def test_what_is_not_given_is_left_out():
    assert [len(batch) for batch in feed((X, None, None), 10)] == [1]


def test_a_loader_of_one_batch_is_tried_with_a_batch_as_large():
    class Whole(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return np.zeros((300, 2), "float32"), np.zeros(300)

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert small_run(run_of(model, Whole(), None), seed=0).fit_arguments["batch_size"] == 300
