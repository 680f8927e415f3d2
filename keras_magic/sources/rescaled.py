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


def are_rescaled_parts(x: Any, other: Any, share: float = 0.4) -> bool:
    """Other parts of the same data, each scaled by itself; the same part on another scale is an attempt of its own."""
    pairs = zip(leaves(x), leaves(other), strict=True)
    return any(share < rescaled_share(to_numpy(a), to_numpy(b)) < 1 for a, b in pairs)


def rescaled_share(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the values of a column of `one` that are values of `other`, but for its mean and scale; 0 where none is compared.

    Args:
        one, other: (rows, columns), of the same columns. The column with the most different values is compared.
    """
    if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1] or one.dtype.kind not in "fiu":
        return 0.0
    column = max(range(one.shape[1]), key=lambda c: len(np.unique(one[:, c])))
    a, b = (np.unique(table[:, column].astype("float64")) for table in (one, other))
    if min(len(a), len(b)) < FEWEST or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return 0.0
    some = a[:: max(1, len(a) // MOST)]
    ends = itertools.product(range(ENDS), repeat=4)
    return max(_met(some, b, (a[low], a[-1 - high]), (b[low_b], b[-1 - high_b])) for low, high, low_b, high_b in ends)


def _met(a: np.ndarray, b: np.ndarray, ends: tuple[float, float], others: tuple[float, float]) -> float:
    """Share of `a` that is found in `b` if two values of one are two of the other."""
    scale = (others[1] - others[0]) / (ends[1] - ends[0])
    moved = others[0] + scale * (a - ends[0])
    right = np.clip(np.searchsorted(b, moved), 1, len(b) - 1)
    near = np.minimum(np.abs(b[right] - moved), np.abs(b[right - 1] - moved))
    return float((near < EXACT * b.std()).mean())
