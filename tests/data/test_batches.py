"""What fit takes, read without a trace."""

# ruff: noqa: NPY002 - users use the legacy generator
from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

import keras_magic as km
from keras_magic.clock import Clock
from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.run import Run
from keras_magic.sources.batches import LEAST_ROWS, Limits, normalise_run, open_source, sample_rows, sample_validation
from keras_magic.sources.replay import unpacked

X = np.arange(200, dtype="float32").reshape(100, 2)
Y = np.arange(100)


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


def run(x, y=None, **fit):
    return Run(model=None, x=x, y=y, fit_arguments=fit)


def everything(source):
    parts = list(source.batches())
    return np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts])


def test_validation_split_takes_the_last_rows():
    fitted = run(X, Y, validation_split=0.2)
    assert sample_rows(fitted).y.max() == 79
    assert sample_validation(fitted).y.tolist() == list(range(80, 100))
    assert sample_rows(fitted, rows=10).y.shape == (10,)


def test_validation_data_wins_over_split():
    fitted = run(X, Y, validation_split=0.2, validation_data=(X[:5], Y[:5]))
    assert sample_rows(fitted).y.max() == 99
    assert len(sample_validation(fitted).y) == 5
    assert sample_validation(run(X, Y)) is None


@pytest.mark.parametrize(
    "x",
    [X, X.tolist(), pd.DataFrame(X, columns=["a", "b"]), [X, X], {"a": X, "b": (X, X)}],
    ids=["numpy", "lists", "frame", "list", "dict"],
)
def test_structures_are_kept(x):
    batch = sample_rows(run(x, pd.Series(Y, index=Y + 7)), rows=10)
    if isinstance(x, dict):
        assert batch.x["b"][1].shape == (10, 2)
        assert batch.x["a"][:, 0].tolist() == (2 * batch.y).tolist()
    elif isinstance(x, list) and isinstance(x[0], np.ndarray):
        assert [a.shape for a in batch.x] == [(10, 2)] * 2
    else:
        assert batch.x[:, 0].tolist() == (2 * batch.y).tolist()


def test_memmap_is_not_loaded(tmp_path):
    x = np.memmap(tmp_path / "x", dtype="float32", mode="w+", shape=(1000, 3))
    x[:, 1] = np.arange(1000)
    assert sample_rows(run(x), rows=5).x.shape == (5, 3)


def test_generator_is_replayed_in_full():
    def numbers():
        store = np.empty((4, 2), "float32")
        for i in range(10):
            store[:] = i  # the same array again and again
            yield store, np.full(4, i)

    fitted = normalise_run(run(numbers(), validation_data=numbers()))
    assert sample_rows(fitted, rows=12).y.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert sample_validation(fitted, rows=4).y.tolist() == [0] * 4
    assert [int(x[0, 0]) for x, _ in fitted.x] == list(range(10))
    assert sample_rows(fitted, rows=12).y.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert normalise_run(fitted).x is fitted.x


def test_a_second_training_goes_on_where_the_first_ended():
    given = ((np.full((2, 1), i),) for i in range(20))
    first = normalise_run(run(given, steps_per_epoch=3, epochs=2))
    assert sample_rows(first, rows=100).rows == 12  # what the training leaves in the generator stays there
    assert [int(next(first.x)[0][0, 0]) for _ in range(6)] == list(range(6))
    second = normalise_run(run(given, steps_per_epoch=3))
    assert [int(next(second.x)[0][0, 0]) for _ in range(3)] == [6, 7, 8]
    assert int(next(given)[0][0, 0]) == 9


@pytest.mark.parametrize(("often", "batches"), [(1, 12), (2, 6), ([1, 3], 6)])
def test_of_validation_batches_no_more_are_read_than_the_training_takes(often, batches):
    given = ((np.full((2, 1), i),) for i in range(50))
    arguments = {"validation_data": given, "validation_steps": 3, "epochs": 5, "initial_epoch": 1, "validation_freq": often}
    fitted = normalise_run(run(X, **arguments))
    assert sample_validation(fitted, rows=1000).rows == 2 * batches


def test_peeking_during_training_steals_nothing():
    fitted = normalise_run(run((np.full((2, 1), i),) for i in range(6)))
    sample_rows(fitted, rows=4)
    seen = []
    for (x,) in fitted.x:
        seen.append(int(x[0, 0]))
        sample_rows(fitted, rows=100)
    assert seen == list(range(6))


def test_pipeline_keeps_its_order(tf):
    def pipeline():
        tf.random.set_seed(3)
        data = tf.data.Dataset.from_tensor_slices((X, Y)).cache()
        return data.shuffle(100, seed=1).batch(8).prefetch(2)

    plain = pipeline()
    expected = [next(iter(plain))[1].numpy().tolist() for _ in range(3)]
    peeked = pipeline()
    source = open_source(peeked)
    assert source.rows is None or source.rows >= 100
    for _ in range(2):
        assert next(source.batches()).y.tolist() == expected[0]  # what the next epoch will bring
    assert [next(iter(peeked))[1].numpy().tolist() for _ in range(3)] == expected


def test_pipeline_with_captured_state_and_large_tensors(tf):
    table = tf.constant(np.random.default_rng(0).normal(size=(400, 100)).astype("float32"))
    data = tf.data.Dataset.from_tensor_slices(table).shuffle(50, seed=2).batch(10)
    first = open_source(data).sample(10).x
    assert np.array_equal(first, next(iter(data)).numpy())


def large(tf, kind):
    """Pipelines over tensors that are too large to be copied; the last ones can't be read without a trace."""
    tf.random.set_seed(3)
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    if kind == "plain":
        return data.shuffle(100, seed=1).batch(8).prefetch(2)
    if kind == "mapped":
        data = data.map(lambda a, b: (a * 2, b)).cache().shuffle(50).repeat()
        return data.batch(8, num_parallel_calls=2).map(lambda a, b: ({"a": a}, b), num_parallel_calls=2)
    if kind == "random":
        return data.shuffle(100).map(lambda a, b: (a, b + tf.random.uniform((), maxval=1000, dtype=tf.int64))).batch(8)
    if kind == "cut":
        options = tf.data.Options()
        return data.shuffle(50, reshuffle_each_iteration=False).skip(10).take(40).batch(8).with_options(options)
    if kind == "python":
        return data.shuffle(100).map(lambda a, b: (a, tf.py_function(lambda v: v, [b], tf.int64))).batch(8)
    if kind == "variable":
        generator = tf.random.Generator.from_seed(1)
        return data.shuffle(100).map(lambda a, b: (a, b + generator.uniform((), maxval=9, dtype=tf.int64))).batch(8)
    return data.batch(8).shuffle(10).unbatch()


@pytest.mark.parametrize("kind", ["plain", "mapped", "random", "cut", "python", "variable", "unbatched"])
def test_large_pipelines_keep_their_order(tf, monkeypatch, kind):
    monkeypatch.setattr("keras_magic.keras_adapter.tf_data.COPY_LIMIT", 100)
    epochs = 1 if kind == "variable" else 3  # how many numbers an epoch cut short has drawn is left to chance
    plain = large(tf, kind)
    expected = [next(iter(plain))[1].numpy().tolist() for _ in range(epochs)]
    peeked = large(tf, kind)
    for _ in range(2):
        if kind in ("python", "variable", "unbatched"):
            with pytest.raises(UnsupportedError, match="not read"):
                next(open_source(peeked).batches())
        else:
            assert next(open_source(peeked).batches()).y.tolist() == expected[0]
    assert [next(iter(peeked))[1].numpy().tolist() for _ in range(epochs)] == expected


def test_large_pipelines_are_read_where_they_lie(tf):
    rows = np.random.default_rng(0).normal(size=(90_000, 100)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices(rows).shuffle(1000, seed=2).batch(1000)
    first = open_source(data).sample(10).x
    assert np.array_equal(first, next(iter(data))[:10].numpy())


def test_endless_and_unbatched_pipelines(tf):
    endless = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(8)
    assert open_source(endless).rows is None
    assert len(open_source(endless).sample(20).y) == 20
    single = open_source(tf.data.Dataset.from_tensor_slices((X, Y))).sample(3)
    assert single.x.shape == (3, 2)


def test_ragged_and_sparse_tensors(tf):
    ragged = tf.ragged.constant([[1, 2], [3], [4, 5, 6]])
    assert sample_rows(run(ragged)).x.shape == (3, 3)
    sparse = tf.sparse.from_dense(X)
    assert np.array_equal(sample_rows(run(sparse)).x, X)
    import scipy.sparse

    assert np.array_equal(sample_rows(run(scipy.sparse.coo_matrix(X))).x, X)
    assert np.array_equal(sample_rows(run(tf.constant(X)), rows=5).x[:, 1] - 1, sample_rows(run(X), rows=5).x[:, 0])


def test_pydataset_and_random_state_stay(tf):
    import keras

    class Noisy(keras.utils.PyDataset):
        def __init__(self):
            super().__init__()
            self.rng = np.random.default_rng(1)

        @property
        def num_batches(self):
            return 5

        def __getitem__(self, index):
            return X[index * 20 : index * 20 + 20] + self.rng.normal() + np.random.rand() + random.random(), Y[:20]

    data, state = Noisy(), np.random.get_state()[1].copy()
    own = str(data.rng.bit_generator.state)
    assert sample_rows(run(data), rows=50).x.shape == (50, 2)
    assert str(data.rng.bit_generator.state) == own
    assert np.array_equal(np.random.get_state()[1], state)
    assert len(everything(open_source(data))[0]) == 100


def test_loader_by_duck_typing():
    class DataLoader:
        batch_size = 4
        dataset = range(8)

        def __iter__(self):
            return iter([[X[:4], Y[:4]], [X[4:8], Y[4:8]]])

    DataLoader.__module__ = "torch.utils.data.dataloader"
    source = open_source(DataLoader())
    assert (source.kind, source.rows, source.batch_size) == ("dataloader", 8, 4)
    assert everything(source)[1].tolist() == list(range(8))


@pytest.mark.parametrize("x", [3, "words", object(), np.float32(1)])
def test_nonsense_is_refused_in_one_line(x):
    with pytest.raises(UsageError) as error:
        open_source(x)
    assert "\n" not in str(error.value)


def test_ragged_lists_are_named():
    with pytest.raises(UsageError, match="ragged"):
        sample_rows(run([[1, 2], [3]], Y[:2]))


def test_targets_beside_a_pipeline_are_refused(tf):
    with pytest.raises(UsageError, match="leave y out"):
        open_source(tf.data.Dataset.range(3), Y)


def test_an_audited_generator_still_reaches_a_training():
    import keras_magic as km
    from keras_magic.run import Run
    from keras_magic.sources.batches import normalise_run

    given = ((np.full((8, 2), i, "float32"), np.arange(8) % 2) for i in range(9))
    report = km.audit(given)
    again = normalise_run(Run(model=None, x=given, y=None)).x
    assert [int(x[0, 0]) for x, _ in again] == list(range(9))
    assert "Batches that were read ahead of the generator (9) are kept with this report" in str(report)


def test_a_sample_without_limits_has_the_rows_asked_for_and_with_them_those_that_fit():
    given = run(np.zeros((3000, 25), "float32"), np.zeros(3000, "float32"))
    assert sample_rows(given, 2048).rows == 2048
    assert sample_rows(given, 2048, limits=Limits(most_bytes=52_000)).rows == 500  # of 104 bytes
    assert sample_rows(given, 2048, limits=Limits(most_bytes=1)).rows == LEAST_ROWS


def test_a_stream_is_read_until_the_limits_are_reached(tf):
    data = tf.data.Dataset.from_tensor_slices(np.zeros((640, 25), "float32")).batch(32)
    given = run(data)
    assert sample_rows(given, 2048).rows == 640
    assert sample_rows(given, 2048, limits=Limits(most_bytes=3 * 32 * 100)).rows == 96
    assert sample_rows(given, 2048, limits=Limits(clock=Clock(0.0))).rows == 32


def test_triplets_are_inputs_and_weights_of_rows_or_steps_are_weights(tf):
    rng = np.random.default_rng(0)
    rows, steps = rng.normal(size=(8, 6)).astype("float32"), rng.random((8, 5, 1))
    triplet = unpacked((rows, rows + 1, rows + 2))
    assert (len(triplet.x), triplet.y, triplet.sample_weight) == (3, None, None)
    for y, weight in [(rows[:, 0], rows[:, 1]), (rows[:, :1], rows[:, 1:2]), (steps, steps), (steps, steps[..., 0])]:
        assert unpacked((rows, y, weight)).sample_weight is not None
    report = km.audit(tf.data.Dataset.from_tensors((rows, rows + 1, -rows)))
    assert not {"KM110", "KM114"} & {f.rule for f in report.findings}
