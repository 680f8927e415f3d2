"""Groups of rows that resemble each other on both sides of a split: several rows of one person, machine, plot or original.

The distances from a validation row to its nearest training rows grow evenly where rows are drawn independently: their logarithms
rise by E/(k·d) from the k-th to the next, with E of the exponential distribution and d the dimension of the data. Where a few rows
belong together, they lie close and there is one step after them, far larger than the next largest, wherever one looks.
Successive windows of one series are left out: where it is periodic, those of one phase lie close, whichever way it is split.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras_magic.facts import GroupFacts, InputFacts
from keras_magic.sources.inputs import numbers

MOST_ROWS = 400  # validation rows that are looked at
MOST_VALUES = 4_000_000  # training values up to which rows are compared
MOST_COMPARED = 500_000  # training values that are looked at to tell windows of one series
NEAREST = 30
SIEVE = 10  # of every so many-th row the nearest ones are found first: no others but those that are as near can be among all
LARGEST_GROUP = 20
CLEAR = 2.5  # the step after a group, against the next largest: ratio of the logarithms
WIDE = 1.3  # ratio of the distances at that step
DIMENSIONS = 48  # to which wider rows are projected (Johnson and Lindenstrauss)
FEWEST_COLUMNS, MOST_COLUMNS = 3, 4096  # of each input; of more, every n-th


def groups(
    facts: Sequence[InputFacts],
    train: Sequence[np.ndarray],
    validation: Sequence[np.ndarray],
    y_train: np.ndarray,
    y_validation: np.ndarray,
) -> GroupFacts | None:
    """How many validation rows lie among a few training rows apart from all others; None where that cannot be determined.

    Args:
        facts: of the inputs; tables, series and images that hold fractions are looked at.
        train, validation: samples of the inputs of both parts; y_train, y_validation: their labels (whole numbers) or numbers.
    """
    pairs = [(a, b) for f, a, b in zip(facts, train, validation, strict=False) if f.role in ("table", "sequence", "image")]
    pairs = [(a, b) for a, b in pairs if a.shape[1:] == b.shape[1:] and not _successive(a)]
    used = [(a, b) for a, b in pairs if a.dtype.kind not in "iub"]  # whole numbers hold no fractions
    if not used or not len(y_validation) or len(y_train) < 4 * NEAREST or len(y_train) != len(used[0][0]):
        return None
    rows, others = _views(used)
    if rows.shape[1] < FEWEST_COLUMNS:
        return None
    step = max(1, len(others) // MOST_ROWS)
    others, y_validation = others[::step], y_validation[::step]
    some = slice(0, max(4 * NEAREST, MOST_VALUES // rows.shape[1]))
    nearest, distance = _nearest(rows[some], others)
    size, apart = _steps(distance)
    if not apart.any():
        return GroupFacts(rows=len(others), share=0.0)
    first, behind = nearest[apart, 0], nearest[apart, size[apart]]
    return GroupFacts(
        rows=len(others),
        share=float(apart.mean()),
        size=int(np.median(size[apart])),
        within=_agreement(y_train[first], y_validation[apart]),
        beyond=_agreement(y_train[behind], y_validation[apart]),
        classes=len(np.unique(y_train)) if y_train.dtype.kind in "iu" else 0,
    )


def _successive(windows: np.ndarray, rows: int = 200, share: float = 0.9, places: int = 8) -> bool:
    """Most rows go on where the row before them ends: windows of one series in their order, any steps apart.

    Only the first `places` at which the second row may begin within the first one are tried: rows may be images or very wide.
    """
    few = windows[: max(2, min(rows, MOST_COMPARED * len(windows) // max(1, windows.size)))]
    if few.ndim < 2 or min(few.shape[:2]) < 2:
        return False
    half = few.shape[1] // 2
    begins = np.flatnonzero((few[0, 1 : half + 1] == few[1, :1]).reshape(half, -1).all(1))[:places] + 1
    ahead = ((few[1:, :-k] == few[:-1, k:]) & (few[1:, :-k] != few[:-1, :-k]) for k in begins)
    return any(same.mean() >= share for same in ahead)


def _views(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The columns of both parts that hold fractions, in units of their spread over the training rows."""
    parts = [(_flat(a), _flat(b)) for a, b in pairs]
    parts = [(a[:, :: (step := -(-a.shape[1] // MOST_COLUMNS) or 1)], b[:, ::step]) for a, b in parts]
    train, other = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
    fractions = (train != np.floor(train)).any(0)
    train, other = train[:, fractions], other[:, fractions]
    center, spread = train.mean(0), train.std(0)
    spread[spread == 0] = 1
    train, other = (train - center) / spread, (other - center) / spread
    if train.shape[1] > DIMENSIONS:
        onto = np.random.default_rng(0).normal(size=(train.shape[1], DIMENSIONS)).astype("float32")
        train, other = train @ onto, other @ onto
    return train, other


def _flat(array: np.ndarray) -> np.ndarray:
    values = numbers(array)[0]
    return np.nan_to_num(values.reshape(len(values), -1).astype("float32"), nan=0.0, posinf=0.0, neginf=0.0)


def _nearest(rows: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each of `others` the nearest rows, nearest first, and how far they are."""
    square = (others * others).sum(1)[:, None] + (rows * rows).sum(1)[None] - 2 * others @ rows.T
    bound = np.partition(square[:, ::SIEVE], NEAREST, axis=1)[:, NEAREST, None] if len(rows) > 2 * SIEVE * NEAREST else np.inf
    near = np.stack([_smallest(row, few) for row, few in zip(square, ~(square > bound), strict=True)])
    found = np.take_along_axis(square, near, 1)
    order = found.argsort(1)
    return np.take_along_axis(near, order, 1), np.sqrt(np.maximum(np.take_along_axis(found, order, 1), 0))


def _smallest(row: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Where the `NEAREST` smallest values of a row are, all of which are `among` the marked ones."""
    places = np.flatnonzero(among)
    return np.asarray(places[np.argpartition(row[places], NEAREST)[:NEAREST]])


def _steps(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(how many rows lie before the largest step, whether that step stands out among all others)."""
    logs = np.diff(np.log(np.maximum(distance, 1e-6)), axis=1)
    size = logs[:, :LARGEST_GROUP].argmax(1) + 1
    ordered = np.sort(logs, axis=1)
    own = np.take_along_axis(logs, size[:, None] - 1, 1)[:, 0]
    return size, (own == ordered[:, -1]) & (own > CLEAR * ordered[:, -2]) & (own > np.log(WIDE))


def _agreement(guessed: np.ndarray, actual: np.ndarray) -> float:
    """Share of equal labels; for numbers 1 - squared error / variance."""
    if actual.dtype.kind in "iu":
        return float((guessed == actual).mean())
    return float(1 - ((guessed - actual) ** 2).mean() / (actual.var() or 1.0))
