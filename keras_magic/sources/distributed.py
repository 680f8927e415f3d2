"""The same pass on dask's workers: every block makes a state, states are merged as a tree, only states travel."""

from __future__ import annotations

import copy
from typing import Any

from keras_magic.errors import UsageError
from keras_magic.sources.batches import Batch
from keras_magic.sources.trees import map_tree, named_leaves, to_numpy

FIRST_ROWS = 512
ARITY = 8  # states merged by one task


def read_dask(gathered: Any, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Fill a `data.Pass` from dask arrays or frames; runs on the current scheduler (a `distributed.Client`, if there is one).

    Raises:
        UsageError: x and y have different partitions that can't be brought together.
    """
    import dask

    parts = (x, y, sample_weight)
    first = Batch(*(map_tree(_head, part) for part in parts))
    gathered.start(first)
    blocks = [[_blocks(leaf) for _, leaf in named_leaves(part, "")] for part in parts]
    count = len(blocks[0][0])
    if any(len(leaf) != count for part in blocks for leaf in part):
        blocks = [[_blocks(_like(leaf, x)) for _, leaf in named_leaves(part, "")] for part in parts]
    if any(len(leaf) != count for part in blocks for leaf in part):
        raise UsageError("x and y are cut into different partitions; rechunk or repartition one like the other")
    piece, merge = dask.delayed(_piece), dask.delayed(_merge)
    absent = tuple(part is None for part in parts)
    states = []
    for i in range(count):
        arrays = [[leaf[i] for leaf in part] for part in blocks]
        states.append(piece(gathered, arrays, absent, i))
    while len(states) > 1:
        states = [merge(states[i : i + ARITY]) for i in range(0, len(states), ARITY)]
    return dask.compute(states[0])[0] if states else gathered


def _piece(template: Any, arrays: list[list[Any]], absent: tuple[bool, ...], number: int) -> Any:
    """The state of one block; names come from the template, so lists of arrays are enough here."""
    state = copy.deepcopy(template)
    state.reseed(number)
    x, y, weight = ([to_numpy(a) for a in part] for part in arrays)
    return state.update(Batch(x, None if absent[1] else y, None if absent[2] else weight))


def _merge(states: list[Any]) -> Any:
    result = copy.deepcopy(states[0])
    for state in states[1:]:
        result.merge(state)
    return result


def _head(leaf: Any) -> Any:
    if hasattr(leaf, "divisions"):
        return to_numpy(leaf.head(FIRST_ROWS, npartitions=-1))
    return to_numpy(leaf[:FIRST_ROWS])


def _blocks(leaf: Any) -> list[Any]:
    """Delayed blocks of rows."""
    if hasattr(leaf, "divisions"):
        return list(leaf.to_delayed())
    if not hasattr(leaf, "rechunk"):
        raise UsageError(f"x is a dask collection, y a {type(leaf).__name__}: pass both as dask collections")
    if leaf.ndim > 1:
        leaf = leaf.rechunk(dict.fromkeys(range(1, leaf.ndim), -1))
    return list(leaf.to_delayed().ravel())


def _like(leaf: Any, x: Any) -> Any:
    """An array with the row chunks of the first array of x."""
    model = next(leaf for _, leaf in named_leaves(x, ""))
    return leaf.rechunk({0: model.chunks[0]}) if hasattr(leaf, "rechunk") and hasattr(model, "chunks") else leaf
