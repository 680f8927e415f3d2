"""Do the values of padded rows reach the outputs, or does the padding alone? Do values that are to be predicted?

Permuting the values of a feature across rows and predicting again is Breiman's measure of its importance (Random Forests, 2001);
here all values that are not padding are permuted at once, position by position, and an effect of exactly nothing is looked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_magic.facts import DataFacts
from keras_magic.sources.trees import leaves, map_tree

ROWS = 64
FEWEST = 8  # rows in which values were exchanged
LEAST = 0.02  # share of padding below which it cannot be what the outputs follow
EQUAL = 1e-6  # of the range of the outputs
NEXT = 0.99  # share of targets that are the next value of their own row
SHORTEST = 4  # steps of a row
SEEN = 1e-3  # change of an output, of the range of the outputs, from which it has seen what was exchanged


def can_hide(data: DataFacts | None) -> bool:
    """Whether some input is padded enough that its padding may be what the outputs follow."""
    return data is not None and any(fact.padding_side and fact.padding >= LEAST for fact in data.inputs)


def unread_share(x: Any, outputs: Any, data: DataFacts | None, predict: Any) -> float | None:
    """Share of rows whose outputs stay as they are when all their values but the padding are exchanged.

    Args:
        x, outputs: sampled rows and what the network makes of them; predict: x -> outputs.

    Returns:
        None where no input is padded, too few rows differ, or the outputs are the same for all rows.
    """
    sides = [fact.padding_side if fact.padding >= LEAST else None for fact in data.inputs] if data is not None else []
    arrays = [a[:ROWS] for a in leaves(x)]
    if not any(sides) or len(sides) != len(arrays):
        return None
    before = _rows(map_tree(lambda a: a[:ROWS], outputs))
    reach = np.ptp(before, axis=0)
    if len(before) < FEWEST or not np.isfinite(before).all() or not (reach > EQUAL * np.abs(before).max()).any():
        return None
    exchanged = iter([_exchanged(a, side) for a, side in zip(arrays, sides, strict=True)])
    other = map_tree(lambda _: next(exchanged), x)
    moved = np.any([(a != b).reshape(len(a), -1).any(1) for a, b in zip(arrays, leaves(other), strict=True)], axis=0)
    if moved.sum() < FEWEST:
        return None
    same = (np.abs(_rows(predict(other)) - before) <= EQUAL * reach.max()).all(1)
    return float(same[moved].mean())


def sees_ahead(x: Any, y: Any, outputs: Any, predict: Any) -> dict[str, float] | None:
    """Whether outputs follow later values of their row where the target of each step is the next value.

    Args:
        x, y, outputs: sampled rows, their targets and what the network makes of them, one output per step; predict: x -> outputs.

    Returns:
        {"input": which of the inputs, "steps": of a row, "share": of rows in which outputs of the first half changed when the
        second half was exchanged for that of another row}; None where the targets are no next values or too few rows differ.
    """
    arrays, (true, made) = leaves(x), (leaves(y), leaves(outputs))
    if len(true) != 1 or len(made) != 1:
        return None
    followed = next((i for i, a in enumerate(arrays) if _next_values(a, true[0])), None)
    if followed is None or made[0].ndim < 2 or made[0].shape[1] != arrays[followed].shape[1]:
        return None
    steps = arrays[followed].shape[1]
    before, half = np.asarray(made[0][:ROWS], "float64"), steps // 2
    other = arrays[followed][:ROWS].copy()
    other[:, half:] = np.roll(other[:, half:], 1, axis=0)
    moved = (other != arrays[followed][:ROWS]).reshape(len(other), -1).any(1)
    if moved.sum() < FEWEST or not np.isfinite(before).all():
        return None
    numbers = iter(range(len(arrays)))
    after = leaves(predict(map_tree(lambda a: other if next(numbers) == followed else a[:ROWS], x)))[0]
    change = np.abs(np.asarray(after, "float64") - before)[:, :half].reshape(len(other), -1).max(1)
    return {"input": followed, "steps": steps, "share": float((change > SEEN * np.ptp(before)).mean(where=moved))}


def _next_values(values: np.ndarray, targets: np.ndarray) -> bool:
    """Whether the target of each step is the value of the row's next step; not where the values hardly change along a row."""
    targets = targets[..., 0] if targets.ndim == values.ndim + 1 and targets.shape[-1] == 1 else targets
    if values.ndim < 2 or values.shape != targets.shape or values.shape[1] < SHORTEST or values.dtype.kind not in "iuf":
        return False
    later, now = values[:, 1:], values[:, :-1]
    return bool((targets[:, :-1] == later).mean() >= NEXT and (now == later).mean() < 0.5)


def _exchanged(values: np.ndarray, side: str | None) -> np.ndarray:
    """At each position the values of the rows that are not padded there, in another order; without padding, whole rows."""
    order = np.random.default_rng(0)
    if side is None:
        return values[order.permutation(len(values))]
    filled = values != 0
    filled = filled.any(tuple(range(2, values.ndim))) if values.ndim > 2 else filled
    along = filled[:, ::-1] if side == "post" else filled
    inside = np.maximum.accumulate(along, axis=1)
    inside = inside[:, ::-1] if side == "post" else inside
    result = values.copy()
    for position in range(values.shape[1]):
        rows = np.flatnonzero(inside[:, position])
        result[rows, position] = values[order.permutation(rows), position]
    return result


def _rows(outputs: Any) -> np.ndarray:
    return np.concatenate([np.asarray(p, "float64").reshape(len(p), -1) for p in leaves(outputs)], axis=1)
