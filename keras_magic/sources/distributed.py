"""The same pass on dask's workers: every block makes a state, states are merged as a tree, only states travel."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.sources.replay import Batch
from keras_magic.sources.trees import leaves, map_tree, to_numpy

FIRST_ROWS = 512
ARITY = 8  # states merged by one task


def read_dask(gathered: Any, x: Any, y: Any = None, sample_weight: Any = None, *, first: int = 0, last: int | None = None) -> Any:
    """Fill a `data.Pass` from dask arrays or frames; runs on the current scheduler (a `distributed.Client`, if there is one).

    Args:
        first, last: only the rows from `first` up to `last` (None: all that follow).

    Raises:
        UsageError: x and y have different partitions that can't be brought together, or a block can't be read.
    """
    import dask

    parts = (x, y, sample_weight)
    gathered.start(Batch(*(map_tree(_head, part) for part in parts)))
    model = next(leaf for part in parts for leaf in leaves(part) if is_dask(leaf))
    sizes = () if all(is_dask(leaf) for part in parts for leaf in leaves(part)) else _row_counts(model)
    blocks = [[_blocks(leaf, sizes) for leaf in leaves(part)] for part in parts]
    count = len(_rows_first(model))
    if any(len(leaf) != count for part in blocks for leaf in part):
        blocks = [[_blocks(_like(leaf, model), sizes) for leaf in leaves(part)] for part in parts]
    if any(len(leaf) != count for part in blocks for leaf in part):
        raise UsageError("x and y are cut into different partitions; rechunk or repartition one like the other")
    ranges = _ranges(model, first, last)
    piece, merge = dask.delayed(_piece), dask.delayed(_merge)
    absent = tuple(part is None for part in parts)
    states = []
    for i, rows in ranges:
        arrays = [[leaf[i] for leaf in part] for part in blocks]
        states.append(piece(gathered, arrays, absent, i, rows))
    while len(states) > 1:
        states = [merge(states[i : i + ARITY]) for i in range(0, len(states), ARITY)]
    try:
        return dask.compute(states[0])[0] if states else gathered
    except UsageError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else ""
        raise UsageError(f"reading a block of the dask data raised {type(error).__name__}: {reason}") from error


def is_dask(leaf: Any) -> bool:
    """Whether a leaf is a dask collection."""
    return hasattr(leaf, "dask")


def count_rows(leaf: Any) -> int:
    """Rows of a dask collection; blocks of unknown size are counted on the workers."""
    return sum(_row_counts(leaf))


def _row_counts(leaf: Any) -> tuple[int, ...]:
    import dask

    known = leaf.chunks[0] if hasattr(leaf, "chunks") else ()
    if known and all(hasattr(n, "__index__") for n in known):  # NaN stands for a block of unknown size
        return tuple(known)
    return tuple(dask.compute(*(dask.delayed(len)(block) for block in _rows_first(leaf))))


def _ranges(model: Any, first: int, last: int | None) -> list[tuple[int, tuple[int, int] | None]]:
    """(block, rows in it) that hold the rows `first`..`last`; None stands for all rows of a block."""
    if first == 0 and last is None:
        return [(i, None) for i in range(len(_rows_first(model)))]
    found: list[tuple[int, tuple[int, int] | None]] = []
    start = 0
    for i, size in enumerate(_row_counts(model)):
        low, high = max(first - start, 0), size if last is None else min(last - start, size)
        if low < high:
            found.append((i, (low, high)))
        start += size
    return found


def _piece(template: Any, arrays: list[list[Any]], absent: tuple[bool, ...], number: int, rows: tuple[int, int] | None) -> Any:
    """The state of one block; names come from the template, so lists of arrays are enough here."""
    state = copy.deepcopy(template)
    state.reseed(number)
    x, y, weight = ([to_numpy(a)[slice(*rows) if rows else slice(None)] for a in part] for part in arrays)
    try:
        return state.update(Batch(x, None if absent[1] else y, None if absent[2] else weight))
    except ValueError as error:
        raise UsageError(f"block {number + 1} of the dask data does not fit: {error}") from None


def _merge(states: list[Any]) -> Any:
    result = copy.deepcopy(states[0])
    for state in states[1:]:
        result.merge(state)
    return result


def _head(leaf: Any) -> Any:
    if not is_dask(leaf):
        return to_numpy(leaf[:FIRST_ROWS])
    if hasattr(leaf, "divisions"):
        return to_numpy(leaf.head(FIRST_ROWS, npartitions=-1))
    if hasattr(leaf.shape[0], "__index__"):
        return to_numpy(leaf[:FIRST_ROWS])
    for i in range(leaf.numblocks[0]):  # blocks of unknown size can't be sliced as one
        first = to_numpy(leaf.blocks[i])[:FIRST_ROWS]
        if len(first):
            break
    return first


def _blocks(leaf: Any, sizes: tuple[int, ...]) -> list[Any]:
    """Delayed blocks of rows; what lies in memory is cut into pieces of `sizes` rows, which go to the workers."""
    if not is_dask(leaf):
        return np.split(to_numpy(leaf), np.cumsum(sizes)[:-1])
    if hasattr(leaf, "divisions"):
        return list(leaf.to_delayed())
    if any(len(sizes) > 1 for sizes in leaf.chunks[1:]):
        leaf = leaf.rechunk(dict.fromkeys(range(1, leaf.ndim), -1))
    return list(leaf.to_delayed().ravel())


def _rows_first(leaf: Any) -> list[Any]:
    """One block per range of rows, whatever the columns in it."""
    blocks = leaf.to_delayed()
    return list(blocks) if hasattr(leaf, "divisions") else list(blocks.reshape(len(blocks), -1)[:, 0])


def _like(leaf: Any, model: Any) -> Any:
    """An array with the row chunks of `model`, a frame with its divisions; as it is where they are unknown."""
    with contextlib.suppress(ValueError):
        if hasattr(leaf, "rechunk") and hasattr(model, "chunks"):
            return leaf.rechunk({0: model.chunks[0]})
        if hasattr(leaf, "divisions") and getattr(model, "known_divisions", False):
            return leaf.repartition(divisions=model.divisions)
    return leaf
