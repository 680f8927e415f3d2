"""What data is, told from its values: pixels, ids, masks, boards, values over many powers of ten, labels of moved images."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.sources.inputs import role_of
from keras_magic.sources.model import collect_model
from keras_magic.testing import run_rule


def strokes(rows=300, size=16, seed=0):
    """Flat 8-bit images with one blurred bar each."""
    random = np.random.default_rng(seed)
    places = np.arange(size)
    x, y = random.uniform(3, size - 3, (2, rows, 1))
    images = np.exp(-((places - x) ** 2) / 8)[:, :, None] * np.exp(-((places - y) ** 2) / 20)[:, None, :]
    return (255 * images).round().reshape(rows, -1)


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "float32"])
def test_whole_numbers_that_follow_their_neighbours_are_quantities(dtype):
    assert role_of(strokes().astype(dtype), "x") == "table"


class Table(keras.layers.Layer):
    def build(self, shape):
        self.rows = self.add_weight(shape=(200, 4))

    def call(self, ids):
        return keras.ops.take(self.rows, ids, axis=0)


class Rated(keras.Model):
    """Users and films in two columns of one input; `float(...)` leaves no graph to read."""

    def __init__(self, table):
        super().__init__()
        self.users, self.films, self.head = table(), table(), keras.layers.Dense(1)

    def call(self, inputs):
        if float(len(inputs.shape)) != 2:
            raise ValueError
        return self.head(self.users(inputs[:, 0]) * self.films(inputs[:, 1]))


@pytest.mark.parametrize("table", [Table, lambda: keras.layers.Embedding(200, 4), lambda: keras.layers.Dense(4)])
def test_whole_numbers_that_a_subclassed_model_looks_up_are_ids(table):
    facts = collect_model(Rated(table))
    assert not facts.graph_known
    pairs = np.random.default_rng(0).integers(0, 200, (100, 2))
    looks_up = not isinstance(table(), keras.layers.Dense)
    assert facts.looks_up == looks_up
    assert role_of(pairs, "x", facts) == ("tokens" if looks_up else "table")
    assert role_of(pairs + 0.5, "x", facts) == "table"


def test_ids_have_no_size_that_could_follow():
    ids = np.random.default_rng(0).zipf(1.3, (300, 40)).clip(1, 5000)
    assert role_of(ids.astype("int64"), "x") == "tokens"


def facts(x, y, **fit):
    return collect_data(Run(model=None, x=x, y=y, fit_arguments=fit))


def test_rows_of_few_values_repeat_without_being_leaked():
    random = np.random.default_rng(0)
    boards = random.integers(0, 2, (80, 25)).astype("float32")[random.integers(0, 80, 900)]
    label = boards[:, :5].sum(1) > 2
    data = facts(boards[:700], label[:700], validation_data=(boards[700:], label[700:]))
    assert not run_rule("KM111", data=data)


def test_measured_rows_in_both_parts_are_leaked():
    x, y = np.random.default_rng(0).normal(size=(400, 5)), np.arange(400) % 2
    (hit,) = run_rule("KM111", data=facts(x, y, validation_data=(x[:100], y[:100])))
    assert hit.fix.name == "separate-validation"


def test_validation_on_the_training_rows_wants_rows_held_back():
    x, y = np.random.default_rng(0).normal(size=(400, 5)), np.arange(400) % 2
    (hit,) = run_rule("KM111", data=facts(x, y, validation_data=(x, y)))
    assert hit.fix.name == "hold-out"
    assert "train_test_split(x, y, test_size=0.2" in hit.fix.code


def test_values_over_many_powers_of_ten_want_logarithms():
    random = np.random.default_rng(0)
    x = np.stack([10 ** random.uniform(-3, 6, 600), random.normal(size=600)], axis=1)
    hits = run_rule("KM213", data=facts(x, np.log10(x[:, 0])))
    assert [h.fix.name for h in hits] == ["power-transform"]
    assert "many powers of ten" in hits[0].message
    assert not run_rule("KM213", data=facts(random.uniform(1, 1000, (600, 2)), x[:, 1]))


@pytest.mark.parametrize(("wrong", "low", "high"), [(0.0, 0.0, 0.06), (0.3, 0.15, 0.4)])
def test_moved_pictures_have_no_wrong_labels(wrong, low, high):
    random = np.random.default_rng(0)
    shapes = np.kron(random.random((6, 4, 4)) > 0.5, np.ones((3, 3)))
    label = random.integers(0, 6, 1200)
    x = np.zeros((1200, 16, 16), "float32")
    for i, (k, down, right) in enumerate(zip(label, *random.integers(0, 4, (2, 1200)), strict=True)):
        x[i, down : 12 + down, right : 12 + right] = shapes[k] + random.normal(0, 0.05, (12, 12))
    given = np.where(random.random(1200) < wrong, random.integers(0, 6, 1200), label)
    noise = facts(x.reshape(1200, -1), given).relation.noise
    assert noise is not None
    assert low <= noise <= high


def runs_of(scale, rows=200, steps=40):
    """Rows of different length, filled up with zeros, then scaled by `scale` all together."""
    random = np.random.default_rng(0)
    x = random.normal(60, 5, (rows, steps, 3))
    x[np.arange(steps) >= random.integers(8, steps, rows)[:, None]] = 0.0
    return scale.fit_transform(x.reshape(-1, 3)).reshape(x.shape).astype("float32")


@pytest.mark.parametrize("scale", [StandardScaler(), MinMaxScaler((-1, 1)), RobustScaler()])
def test_padding_that_was_scaled_like_values_is_known_by_its_equal_steps(scale):
    x = runs_of(scale)
    (fact,) = facts(x, np.zeros(len(x))).inputs
    assert fact.filler == pytest.approx(tuple(float(v) for v in x[0].min(0)))
    assert 0.2 < fact.filler_share < 0.7


def test_zeros_and_signals_that_rest_at_their_end_are_no_scaled_padding():
    (zeros,) = facts(runs_of(MinMaxScaler()), np.zeros(200)).inputs
    assert zeros.filler == ()
    assert zeros.padding_side == "post"
    (signals,) = facts(np.random.default_rng(0).normal(size=(200, 40, 3)), np.zeros(200)).inputs
    assert signals.filler == ()
