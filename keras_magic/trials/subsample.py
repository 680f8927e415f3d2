"""The small run that a trial trains: at most so many rows, in memory, and how they are fed to `fit`."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from keras_magic.clock import Clock
from keras_magic.fixes.place import take
from keras_magic.run import Run
from keras_magic.sources.batches import ArraySource, Limits, sample_rows, sample_validation, training_source, validation_source
from keras_magic.sources.trees import leaves, map_tree, to_numpy

ROWS = 4096  # training rows of a trial
HELD_OUT = 1024  # rows that a trial is judged on
MOST_BYTES = 256 * 2**20  # of either, which are held twice while they are trained on
READING = 1 / 4  # share of the time that is left for reading either from a stream
VALIDATED = 256  # rows of a batch of validation
FEW_ROWS = 40  # with fewer rows and no validation, the training rows themselves are judged


def small_run(run: Run, seed: int, clock: Clock | None = None) -> Run:
    """The same run with at most `ROWS` training and `HELD_OUT` validation rows, in their order and in memory.

    Fewer where they are so large that memory, or come so slowly that the time by `clock`, would go to them.
    """
    clock = clock or Clock()
    arguments = {
        k: v for k, v in run.fit_arguments.items() if k in ("epochs", "batch_size", "shuffle", "class_weight", "callbacks")
    }
    source = training_source(run)
    arrays = source.kind in ("arrays", "dataframe")
    given = source.batch_size or (None if arrays else next((batch.rows for batch in source.batches()), None))
    arguments["batch_size"] = given or arguments.get("batch_size") or 32
    if arrays:
        x, y, weight, rest = _small_arrays(run, source, seed, clock)
    else:
        x, y, weight, rest = _small_stream(run, seed, clock)
        arguments["shuffle"] = source.kind != "tf.data"  # its rows came in the order that the pipeline gives them, mixed or not
    if weight is not None:
        arguments["sample_weight"] = weight
    return run.replace(x=x, y=y, fit_arguments={**arguments, **rest})


def _limits(clock: Clock) -> Limits:
    return Limits(most_bytes=MOST_BYTES, clock=clock.part(READING * clock.left))


def _small_arrays(run: Run, source: Any, seed: int, clock: Clock) -> tuple[Any, Any, Any, dict[str, Any]]:
    rng, rows = np.random.default_rng(seed), source.rows
    most, held_out = (_limits(clock).rows(n, source.row_bytes) for n in (ROWS, HELD_OUT))
    weight = run.fit_arguments.get("sample_weight")
    parts = (run.x, run.y, weight)
    total = rows_of(run.x)
    train = np.sort(rng.choice(rows, min(rows, most), replace=False))
    data = run.fit_arguments.get("validation_data")
    rest: dict[str, Any] = {}
    if data is not None:
        rest["validation_data"] = _small_validation(run, data, rng, clock)
    elif rows < total:  # validation_split: its rows stay the last ones
        tail = rows + np.sort(rng.choice(total - rows, min(total - rows, held_out), replace=False))
        rest["validation_split"] = (len(tail) - 0.5) / (len(train) + len(tail))
        train = np.concatenate([train, tail])
    elif rows >= FEW_ROWS:
        held = rng.random(len(train)) < 0.2
        rest["validation_data"] = tuple(take(p, train[held]) for p in parts[:2])
        train = train[~held]
    x, y, weight = (None if p is None else take(p, train) for p in parts)
    return x, y, weight, rest


def _small_validation(run: Run, data: Any, rng: np.random.Generator, clock: Clock) -> tuple[Any, ...]:
    source, limits = validation_source(run), _limits(clock)
    if isinstance(source, ArraySource) and isinstance(data, (tuple, list)):
        rows = rows_of(data[0])
        chosen = np.sort(rng.choice(rows, min(rows, limits.rows(HELD_OUT, source.row_bytes)), replace=False))
        return tuple(take(part, chosen) for part in data[:2])
    sample = sample_validation(run, HELD_OUT, limits)
    assert sample is not None
    return sample.x, sample.y


def _small_stream(run: Run, seed: int, clock: Clock) -> tuple[Any, Any, Any, dict[str, Any]]:
    sample = sample_rows(run, ROWS, limits=_limits(clock))
    rng = np.random.default_rng(seed)
    if run.fit_arguments.get("validation_data") is not None:
        held = _small_validation(run, run.fit_arguments["validation_data"], rng, clock)
        return sample.x, sample.y, sample.sample_weight, {"validation_data": held}
    apart = rng.random(sample.rows) < 0.2
    held = (take(sample.x, apart), take(sample.y, apart))
    weight = None if sample.sample_weight is None else take(sample.sample_weight, ~apart)
    return take(sample.x, ~apart), take(sample.y, ~apart), weight, {"validation_data": held}


def parts_of(run: Run) -> tuple[tuple[Any, Any, Any], tuple[Any, Any]]:
    """(x, y, sample_weight) that a small run trains on, and (x, y) that it is judged on; all numpy."""
    x, y = (map_tree(to_numpy, part) for part in (run.x, run.y))
    weight = run.fit_arguments.get("sample_weight")
    weight = None if weight is None else map_tree(to_numpy, weight)
    data = run.fit_arguments.get("validation_data")
    if data is not None:
        return (x, y, weight), (map_tree(to_numpy, data[0]), map_tree(to_numpy, data[1]))
    split = training_source(run).rows or rows_of(x)
    if split == rows_of(x):
        return (x, y, weight), (x, y)
    first, last = slice(None, split), slice(split, None)
    weight = None if weight is None else take(weight, first)
    return (take(x, first), take(y, first), weight), (take(x, last), take(y, last))


def steps_of(run: Run, of_whole_run: bool = False) -> int:
    """Steps that `fit` makes in all epochs."""
    arguments = run.fit_arguments
    epochs = max(1, arguments.get("epochs") or 1)
    per_epoch = arguments.get("steps_per_epoch")
    if not per_epoch and of_whole_run and hasattr(run.x, "num_batches"):
        per_epoch = run.x.num_batches
    if not per_epoch and of_whole_run and hasattr(run.x, "cardinality"):
        known = int(run.x.cardinality())
        per_epoch = known if known > 0 else None
    if not per_epoch:
        per_epoch = epoch_of(run)
    return max(1, int(per_epoch) * epochs)


def epoch_of(run: Run) -> int:
    """Steps of one pass over its rows; over as many as a trial has where their number is not known."""
    source = training_source(run)
    return math.ceil((source.rows or ROWS) / (source.batch_size or 32))


def rows_of(x: Any) -> int:
    return len(to_numpy(leaves(x)[0])) if not hasattr(leaves(x)[0], "shape") else int(leaves(x)[0].shape[0])


def classes_of(y: Any) -> int | None:
    values = to_numpy(leaves(y)[0])
    if values.ndim > 1 and values.shape[-1] > 1:
        return int(values.shape[-1])
    return len(np.unique(values.astype(str) if values.dtype == object else values))


# ---------------------------------------------------------------- feeding


def fit(model: Any, run: Run, *, epochs: int, steps: int, callbacks: list[Any], validate: bool, seed: int) -> Any:
    """Train `model` on the rows of a small run as its own `fit` would, through one pipeline for all epochs.

    Args:
        steps: of an epoch; validate: after each one; seed: of the order of the rows.
    """
    parts, held = parts_of(run)
    return model.fit(
        feed(parts, run.fit_arguments.get("batch_size") or 32, shuffle=bool(run.fit_arguments.get("shuffle", True)), seed=seed),
        epochs=epochs,
        steps_per_epoch=steps,
        class_weight=run.fit_arguments.get("class_weight"),
        validation_data=feed(held, VALIDATED) if validate else None,
        callbacks=callbacks,
        verbose=0,
    )


def feed(parts: tuple[Any, ...], batch: int, *, shuffle: bool | None = None, seed: int = 0) -> Any:
    """Batches of rows as a `tf.data.Dataset`: once and in order where `shuffle` is None, else again and again.

    `fit` builds a pipeline of many stages for arrays, again for each epoch, which takes several times as long as a small epoch's
    training; and where the machine is busy, the end of one may wait a minute for the thread that tunes it. This is one pipeline of
    few stages for all epochs, without tuning.

    Args:
        parts: x, y and sample weights; what follows the last that is not None is left out.
        shuffle: whether each pass takes the rows in a new order; seed: of these orders.
    """
    import tensorflow as tf

    with tf.device("cpu:0"):
        given = tuple(_as_tensors(part) for part in parts if part is not None)
    rows = tf.data.Dataset.range(rows_of(parts[0]))
    rows = rows.shuffle(rows_of(parts[0]), seed=seed) if shuffle else rows
    rows = rows.batch(batch)
    rows = rows if shuffle is None else rows.repeat()
    options = tf.data.Options()
    options.autotune.enabled = False
    return rows.map(lambda index: tf.nest.map_structure(lambda a: tf.gather(a, index), given)).with_options(options)


def _as_tensors(part: Any) -> Any:
    """The arrays as Keras converts them: fractions in its own precision, lists as tuples (tf.data takes lists for arrays)."""
    import tensorflow as tf

    def tensor(array: Any) -> Any:
        return tf.constant(array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array)

    return keras.tree.lists_to_tuples(map_tree(tensor, part))
