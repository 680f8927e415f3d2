"""In which order of the axes neighbours belong together: time steps and pixels resemble the next one, channels need not.

Each place is standardised over the rows and each row is centred, so that neither the level of a place nor that of a row counts;
the mean product of neighbours is then their correlation (lag-1 autocorrelation: Box and Jenkins 1970).
"""

from __future__ import annotations

import numpy as np

ROWS = 512
VALUES = 2_000_000
FEW = 4  # places of a row below which their mean follows each of them


def continuity(values: np.ndarray) -> dict[str, float] | None:
    """Correlation of neighbours for each reading of rows of shape (*places, channels).

    Returns:
        "given": along the places as they are; "beside": along the last axis of places alone, whose neighbours are the nearest in
        memory; "reread": the same values in memory read as (channels, *places), as data with the
        channels first is before it is reshaped; "seam": from the last channel of a place to the first channel of the next, which
        are neighbours in memory; "swapped" (one axis of places): along the last axis. "given" and "swapped" alone where there are
        two or three places. None where there is nothing to compare: few rows, one channel, one place.
    """
    rows = values[: max(2, min(ROWS, VALUES // max(1, values[:1].size)))].astype("float64")
    shape = rows.shape[1:]
    if len(rows) < 20 or len(shape) not in (2, 3) or shape[-1] < 2 or not np.isfinite(rows).all():
        return None
    if min(shape[:-1]) < FEW:
        return _of_few_places(rows) if len(shape) == 2 and shape[0] > 1 and shape[-1] >= FEW else None
    scaled = _scaled(rows)
    last, first = scaled[..., -1].reshape(len(rows), -1), scaled[..., 0].reshape(len(rows), -1)
    beside = _correlation(scaled[..., :-1, :], scaled[..., 1:, :])
    found = {"given": _along(scaled), "beside": beside, "seam": _correlation(last[:, :-1], first[:, 1:])}
    if shape[-1] not in shape[:-1]:
        found["reread"] = _along(_scaled(np.moveaxis(rows.reshape(len(rows), shape[-1], *shape[:-1]), 1, -1)))
    if len(shape) == 2 and shape[-1] >= FEW:
        found["swapped"] = _along(_scaled(rows.swapaxes(1, 2)))
    return {name: round(value, 4) for name, value in found.items()}


def _of_few_places(rows: np.ndarray) -> dict[str, float]:
    """Of two or three places: the correlation of neighbours over their channels, each place centred over these."""
    scaled = _scaled(rows.swapaxes(1, 2))
    given = _correlation(scaled[..., :-1], scaled[..., 1:])
    return {"given": round(given, 4), "swapped": round(_along(scaled), 4)}


def _scaled(rows: np.ndarray) -> np.ndarray:
    """Each channel of a row centred over its places, then each value standardised over the rows; what never varies is 0."""
    centred = rows - rows.mean(tuple(range(1, rows.ndim - 1)), keepdims=True)
    spread = centred.std(0)
    live = spread > 1e-9 * max(1e-30, float(np.abs(centred).max(initial=0)))
    return np.asarray(np.where(live, (centred - centred.mean(0)) / np.where(live, spread, 1.0), 0.0))


def _along(scaled: np.ndarray) -> float:
    """Mean correlation of neighbours over all axes but the first and the last one."""
    pairs = ((np.take(scaled, range(n - 1), axis), np.take(scaled, range(1, n), axis)) for axis, n in _places(scaled))
    return float(np.mean([_correlation(first, second) for first, second in pairs]))


def _places(scaled: np.ndarray) -> list[tuple[int, int]]:
    return [(axis, scaled.shape[axis]) for axis in range(1, scaled.ndim - 1)]


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over the places at which both vary."""
    both = (first != 0).any(0) & (second != 0).any(0)
    return float((first * second).mean(0)[both].mean()) if both.any() else 0.0
