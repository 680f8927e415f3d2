"""`Pool`: the rows that a finder trains on, in memory, and the order in which they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from keras_magic.clock import Clock
from keras_magic.errors import EvidenceError, UsageError
from keras_magic.sources.batches import ArraySource, Limits, Source, open_source
from keras_magic.sources.replay import Batch
from keras_magic.sources.trees import leaves, map_tree, named_leaves
from keras_magic.words import either

#: At most so many bytes of data are held; a short pool is repeated.
MAX_BYTES = 256 * 2**20
#: Share of the time that is left for reading a stream.
READING = 1 / 4
#: Keras' own batch size where none is given.
BATCH_SIZE = 32


@dataclass(frozen=True)
class Pool:
    """Rows and batches.

    Args:
        rows: trees (x, y, sample_weight) of arrays with one row per example; y and sample_weight may be None.
        batch_size: rows per step.
        fixed: rows of each batch, shape (batches, batch_size), where the source decides what makes up a batch; None
            where rows are shuffled freely.
        x: what is to be handed to `fit` in place of the user's x (differs for generators, which can be read only once).
        notes: sentences on what was left out.
    """

    rows: tuple[Any, Any, Any]
    batch_size: int
    fixed: np.ndarray | None = None
    x: Any = None
    notes: tuple[str, ...] = ()

    @property
    def batches(self) -> int:
        """Batches in an epoch over the pool."""
        return len(self.fixed) if self.fixed is not None else self.count // self.batch_size

    @property
    def count(self) -> int:
        return len(leaves(self.rows[0])[0])

    def order(self, steps: int, seed: int = 0) -> np.ndarray:
        """Row numbers of each step, shape (steps, batch_size): shuffled epochs one after the other."""
        random = np.random.default_rng(seed)
        epochs = -(-steps // self.batches)
        if self.fixed is not None:
            picks = np.concatenate([random.permutation(self.batches) for _ in range(epochs)])[:steps]
            return self.fixed[picks].astype(np.int32)
        shuffled = [random.permutation(self.count)[: self.batches * self.batch_size] for _ in range(epochs)]
        return np.concatenate(shuffled).reshape(-1, self.batch_size)[:steps].astype(np.int32)

    def take(self, rows: np.ndarray) -> tuple[Any, Any, Any]:
        """The batch made of these rows."""
        x, y, weight = (map_tree(lambda a: a[rows], part) for part in self.rows)
        return x, y, weight

    def only(self, rows: np.ndarray) -> Pool:
        """One batch, made of these rows, repeated where they are too few."""
        return replace(self, fixed=np.resize(rows, (1, self.batch_size)))

    def with_shuffled_targets(self, seed: int = 0) -> Pool | None:
        """The same rows with targets that belong to other rows; None without targets."""
        x, y, weight = self.rows
        if y is None:
            return None
        permutation = np.random.default_rng(seed).permutation(self.count)
        return replace(self, rows=(x, map_tree(lambda a: a[permutation], y), weight))


def open_pool(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    class_weight: Mapping[int, float] | None = None,
    batch_size: int | None = None,
    steps: int = 200,
    clock: Clock | None = None,
) -> Pool:
    """Read what `steps` training steps need from whatever `fit` takes, or from an open `Source` given as x.

    Args:
        clock: of a stream, what comes in a quarter of the time that it leaves.

    Raises:
        UsageError: no rows, x and y of different lengths, or nothing that `fit` takes.
    """
    source = x if isinstance(x, Source) else open_source(x, y, sample_weight, batch_size=batch_size)
    try:
        if isinstance(source, ArraySource):
            pool = _array_pool(source, steps, batch_size or source.batch_size or BATCH_SIZE)
        else:
            pool = _stream_pool(source, steps, batch_size, clock or Clock())
    except EvidenceError as error:
        raise UsageError(f"{error}; give at least one batch of data") from error
    rows = tuple(map_tree(_as_keras_takes_it, part) for part in pool.rows)
    if class_weight:
        rows = (*rows[:2], _class_weights(rows[1], rows[2], class_weight))
    return replace(pool, rows=(rows[0], rows[1], rows[2]), x=source.x)


def _array_pool(source: ArraySource, steps: int, size: int) -> Pool:
    lengths = set(source.x_rows) | set(source.y_rows)
    if len(lengths) > 1:
        raise UsageError(f"x has {source.x_rows[0]} rows and y has {source.y_rows[0] if source.y_rows else 0}; they must agree")
    one = source.sample(1)
    row_bytes = sum(a.nbytes for part in (one.x, one.y, one.sample_weight) for a in leaves(part))
    wanted = max(min(steps * size, MAX_BYTES // max(1, row_bytes)), size)
    sample = source.sample(wanted)
    return Pool((sample.x, sample.y, sample.sample_weight), min(size, sample.rows))


def _stream_pool(source: Source, steps: int, batch_size: int | None, clock: Clock) -> Pool:
    """Batches stay as the source made them."""
    limits = Limits(most_bytes=MAX_BYTES, clock=clock.part(READING * clock.left))
    batches = list(limits.keep(islice(source.batches(), steps)))
    if not batches:
        raise EvidenceError(f"the {source.kind} gave no batch")
    _check_batched(batches[0], source, batch_size)
    notes = []
    if source.one_shot:
        notes.append(
            f"{len(batches)} batches were read from the generator; result.x gives them again: train on it, not on the generator"
        )
    if batch_size and batch_size != batches[0].rows:
        notes.append(f"batch_size {batch_size} is not used: the {source.kind} gives batches of {batches[0].rows} rows")
    usual = Counter(map(_shapes, batches)).most_common(1)[0][0]
    alike = [b for b in batches if _shapes(b) == usual]
    if len(alike) < len(batches):
        notes.append(f"{len(batches) - len(alike)} of {len(batches)} batches have other shapes and are left out")
    rows = [_concatenate([getattr(b, name) for b in alike]) for name in ("x", "y", "sample_weight")]
    fixed = np.arange(len(alike) * alike[0].rows).reshape(len(alike), -1)
    return Pool((rows[0], rows[1], rows[2]), alike[0].rows, fixed, notes=tuple(notes))


def _check_batched(batch: Batch, source: Source, asked: int | None) -> None:
    """A stream of single rows is read elsewhere; `fit` does not take it. Its declared size is then not that of its rows."""
    lengths = {len(a) for part in (batch.x, batch.y, batch.sample_weight) for a in leaves(part)}
    if len(lengths) > 1 or source.batch_size not in (None, asked, batch.rows):
        raise UsageError(f"the {source.kind} gives single examples, or parts of different lengths; batch it, as in data.batch(32)")


def _shapes(batch: Batch) -> tuple[tuple[int, ...], ...]:
    return tuple(a.shape for part in (batch.x, batch.y, batch.sample_weight) for a in leaves(part))


def _concatenate(trees: list[Any]) -> Any:
    columns = iter([np.concatenate(arrays) for arrays in zip(*map(leaves, trees), strict=True)])
    return map_tree(lambda _: next(columns), trees[0])


def _as_keras_takes_it(array: np.ndarray) -> np.ndarray:
    """Floats in Keras' precision, as its array adapter makes them; everything else as it is."""
    import keras

    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def _class_weights(y: Any, weight: Any, class_weight: Mapping[int, float]) -> Any:
    """Sample weights from class weights, as Keras makes them for one output (integer or one-hot labels)."""
    arrays = leaves(y)
    if len(arrays) != 1:
        raise UsageError(f"class_weight needs exactly one output; the targets have {len(arrays)}")
    labels = arrays[0]
    labels = labels.argmax(-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(len(labels))
    weights = np.array([class_weight.get(round(float(label)), 1.0) for label in labels], "float32")
    return weights if weight is None else weights * weight


def nonfinite(pool: Pool, x: Any = None) -> tuple[str, np.ndarray] | None:
    """Where the pool has NaN or infinite values: one phrase and the rows; None where it has none. `x` names the columns."""
    for part, name in zip(pool.rows, ("x", "y", "sample_weight"), strict=True):
        for leaf_name, array in named_leaves(part, name):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                bad = ~np.isfinite(array)
                what = "NaN" if np.isnan(array).any() else "infinite values"
                rows = np.nonzero(bad.reshape(len(array), -1).any(axis=1))[0]
                columns = _columns(bad, x if name == "x" else None)
                return f"{leaf_name} has {what} in {len(rows):,} of {len(array):,} rows{columns}", rows
    return None


def _columns(bad: np.ndarray, frame: Any) -> str:
    if bad.ndim != 2 or bad.shape[1] == 1:
        return ""
    indexes = np.nonzero(bad.any(axis=0))[0]
    names = [str(frame.columns[i]) if hasattr(frame, "columns") else str(i) for i in indexes[:3]]
    more = f" and {len(indexes) - 3} more" if len(indexes) > 3 else ""
    return f" ({either(len(indexes), 'column', 'columns')} {', '.join(names)}{more})"
