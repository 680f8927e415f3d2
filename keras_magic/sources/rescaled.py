"""Whether two tables hold rows of the same data, each standardised by itself, as a cross-validation does in every fold."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from keras_magic.sources.trees import leaves, to_numpy

ENDS = 4  # values at either end of a column that may be the same in both
FEWEST = 20  # different values in the column that is compared
EXACT = 1e-5  # of a standard deviation: values met by chance are farther away
MOST = 500  # values of the column that are looked up
LARGEST = 2_000_000  # values of a table that is compared
HELD = 0.5  # a fold that was held out comes back whole; a part of it may come back by chance


def are_rescaled_parts(x: Any, other: Any, share: float = 0.4) -> bool:
    """Other parts of the same data, each scaled by itself; the same part on another scale is an attempt of its own."""
    pairs = zip(leaves(x), leaves(other), strict=True)
    return any(share < rescaled_share(to_numpy(a), to_numpy(b)) < 1 for a, b in pairs)


def moved_share(held: Any, own: Any, earlier: Any) -> float:
    """Share of the validation rows that an earlier fit trained on, scaled by itself, and that this fit does not train on.

    Args:
        held, own: validation and training rows of this fit; earlier: training rows of the earlier one. Arrays or frames.

    Returns:
        0 where it is less than half: by the values of one column, rows that happen to be alike look the same.
    """
    held, own, earlier = (to_numpy(leaves(part)[0]) for part in (held, own, earlier))
    if any(table.size > LARGEST for table in (held, own, earlier)) or held.shape[1:] != own.shape[1:]:
        return 0.0
    found = _most_different(own, earlier)
    if found is None:
        return 0.0
    column, a, b = found
    _, scale, shift = _best(a, b)
    values = held[:, column].astype("float64")
    share = _near(shift + scale * values, b) - _near(values, a)
    return share if share >= HELD else 0.0


def rescaled_share(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the values of a column of `one` that are values of `other`, but for its mean and scale; 0 where none is compared.

    Args:
        one, other: (rows, columns), of the same columns. The column with the most different values is compared.
    """
    found = _most_different(one, other)
    return 0.0 if found is None else _best(*found[1:])[0]


def _most_different(one: np.ndarray, other: np.ndarray) -> tuple[int, np.ndarray, np.ndarray] | None:
    """The column with the most different values, and these in both tables."""
    if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1] or one.dtype.kind not in "fiu":
        return None
    column = max(range(one.shape[1]), key=lambda c: len(np.unique(one[:, c])))
    a, b = (np.unique(table[:, column].astype("float64")) for table in (one, other))
    if min(len(a), len(b)) < FEWEST or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    return column, a, b


def _best(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """(share, scale, shift): the largest share of `a` that is found in `b` if two values of one are two of the other."""
    some = a[:: max(1, len(a) // MOST)]
    maps = []
    for low, high, low_b, high_b in itertools.product(range(ENDS), repeat=4):
        scale = (b[-1 - high_b] - b[low_b]) / (a[-1 - high] - a[low])
        maps.append((scale, b[low_b] - scale * a[low]))
    return max((_near(shift + scale * some, b), scale, shift) for scale, shift in maps)


def _near(values: np.ndarray, known: np.ndarray) -> float:
    """Share of the values that are among the known ones, which are sorted."""
    right = np.clip(np.searchsorted(known, values), 1, len(known) - 1)
    near = np.minimum(np.abs(known[right] - values), np.abs(known[right - 1] - values))
    return float((near < EXACT * known.std()).mean())
