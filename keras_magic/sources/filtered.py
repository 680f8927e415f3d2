"""Is a feature of a window a centred mean of another one? Then its last steps hold values that come after the window.

`rolling(5, center=True)`, `savgol_filter`, `gaussian_filter1d` and the trend of `seasonal_decompose` weigh the values before and
after a step alike. With the other feature's own values, what comes after the window follows from the filtered one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_magic.facts import InputFacts, TargetFacts

ROWS = 1000
FEWEST = 100  # rows
CHANNELS = 12
REACH = 24  # steps on each side that a filter may have
EXACT = 1e-3  # rest of what follows exactly, in its standard deviations: float32 and the ends of a series
NEW = 0.05  # rest of a feature's next value by its own past, from which it brings something new


def follows_from_filter(
    inputs: Sequence[InputFacts], x: Sequence[np.ndarray], target: TargetFacts, y: np.ndarray
) -> dict[str, Any] | None:
    """The feature that is filtered with later values, where it gives the target away.

    Args:
        inputs, x: facts and sampled rows (rows, steps, channels) of the inputs; target, y: the same of the target (rows,).

    Returns:
        {"input", "channel", "of", "steps", "ahead"}: the filtered feature and the one it was made of, steps of the filter, and how
        many of them come after a step. None where there is none, or where the target does not follow exactly from both.
    """
    if target.form != "continuous" or y.dtype.kind not in "fiu" or y.size != len(y):
        return None
    for fact, values in zip(inputs, x, strict=True):
        rows = values[: min(ROWS, len(y))]
        if fact.role != "sequence" or values.ndim != 3 or not 2 <= values.shape[2] <= CHANNELS or len(rows) < FEWEST:
            continue
        rows = rows.astype("float64")
        if rows.shape[1] < 5 or not np.isfinite(rows).all():
            continue
        wanted = y.reshape(-1)[: len(rows)].astype("float64")
        for of in range(rows.shape[2]):
            if (found := _filtered(rows, of)) and _rest(_both(rows, of, found["channel"]), wanted) < EXACT:
                return {"input": fact.name, "of": of, **found}
    return None


def _filtered(rows: np.ndarray, of: int) -> dict[str, int] | None:
    """The feature that is a centred mean of feature `of`."""
    reach = min(REACH, (rows.shape[1] - 1) // 2, (len(rows) // 4 - 1) // 2)
    around = rows[:, : 2 * reach + 1, of]
    if _rest(around[:, : reach + 1], around[:, reach + 1]) < NEW:
        return None
    for channel in range(rows.shape[2]):
        middle = rows[:, reach, channel]
        if channel == of or _rest(around, middle) > EXACT or _rest(around[:, : reach + 1], middle) < NEW:
            continue
        weights = _weights(around, middle)
        heaviest = np.abs(weights).max()
        alike = np.abs(weights - weights[::-1]).max() < 0.02 * heaviest
        if alike and abs(weights.sum()) > 0.5 * np.abs(weights).sum():  # a mean, no difference
            ahead = int(np.flatnonzero(np.abs(weights) > 0.01 * heaviest)[-1] - reach)
            return {"channel": channel, "steps": 2 * ahead + 1, "ahead": ahead}
    return None


def _both(rows: np.ndarray, of: int, channel: int) -> np.ndarray:
    """The last steps of both features, as many as there are rows to determine their weights."""
    steps = min(rows.shape[1], len(rows) // 8)
    return rows[:, -steps:][:, :, [of, channel]].reshape(len(rows), -1)


def _weights(columns: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares of half of the rows, with a constant; rows that fit worst, as at the ends of a series, are left out."""
    columns, wanted = columns[::2], wanted[::2]
    for _ in range(2):
        weights = np.linalg.lstsq(columns - columns.mean(0), wanted - wanted.mean(), rcond=1e-10)[0]
        away = np.abs(wanted - wanted.mean() - (columns - columns.mean(0)) @ weights)
        keep = away <= np.quantile(away, 0.95)
        columns, wanted = columns[keep], wanted[keep]
    return np.asarray(weights)


def _rest(columns: np.ndarray, wanted: np.ndarray) -> float:
    """What the columns leave of `wanted` in the other half of the rows: median, in its standard deviations (1 for a constant)."""
    weights = _weights(columns, wanted)
    rest = wanted[1::2] - columns[1::2] @ weights
    spread = wanted.std()
    return float(np.median(np.abs(rest - np.median(rest))) / spread) if spread > 0 else 1.0
