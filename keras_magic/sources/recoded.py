"""Do the codes of a category mean other categories in the validation data? Where each part was coded by itself, they do.

`astype("category").cat.codes`, `LabelEncoder` and `OrdinalEncoder` number the sorted categories that they meet. Where the
validation rows lack one, all codes after it are lower by one: the code k there has the targets of a later code of the training
rows. The sequences of codes are aligned in their order (as Needleman and Wunsch 1970 align sequences) by the targets that go with
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from keras_magic.facts import InputFacts
from keras_magic.sources.relation import by_class

FEWEST, MOST = 4, 60  # codes of the validation rows
LEAST = 8  # rows of a code
FITS = 3.0  # mean square of a code's difference, in units of what chance leaves (1): aligned, they fit below it
ORDERED = 0.8  # rank correlation of codes and targets
APART = 4.0  # as they are, they differ by so many times as much as aligned


def recoded(
    inputs: Sequence[InputFacts], x: Sequence[np.ndarray], y: np.ndarray, vx: Sequence[np.ndarray], vy: np.ndarray
) -> dict[str, Any] | None:
    """The column whose codes in the validation rows have the targets of other codes in the training rows, in the same order.

    Args:
        inputs, x, vx: facts and sampled rows of the training and of the validation inputs.
        y, vy: their targets, as class indexes or as numbers, both by the same rule.

    Returns:
        {"column", "codes", "train_codes", "moved", "code", "true_code", "apart"}: numbers of codes in validation and in training,
        how many of them mean another code, one of these, and the ratio of the misfits. None where no column is so.
    """
    y, vy = by_class(y, vy)
    found = [one for name, codes, v_codes in _columns(inputs, x, vx) if (one := _compare(name, codes, y, v_codes, vy))]
    return max(found, key=lambda one: one["apart"], default=None)


def _columns(
    inputs: Sequence[InputFacts], x: Sequence[np.ndarray], vx: Sequence[np.ndarray]
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Columns of whole numbers from 0 on without a gap, in both parts; in validation fewer."""
    for fact, a, b in zip(inputs, x, vx, strict=False):
        if a.ndim > 2 or a.shape[1:] != b.shape[1:] or a.dtype.kind not in "fiu" or b.dtype.kind not in "fiu":
            continue
        names = [c.name for c in fact.columns]
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        for i in range(a.shape[1] if a.shape[1] <= MOST else 0):
            codes, v_codes = a[:, i], b[:, i]
            few, many = (np.unique(part) for part in (v_codes, codes))
            if FEWEST <= len(few) < len(many) <= MOST and all(np.array_equal(u, np.arange(len(u))) for u in (few, many)):
                own = names[i] if len(names) == a.shape[1] > 1 else fact.name
                name = f"{fact.name}/{own}" if own != fact.name and len(inputs) > 1 else own
                yield name, codes.astype(int), v_codes.astype(int)


def _compare(name: str, codes: np.ndarray, y: np.ndarray, v_codes: np.ndarray, vy: np.ndarray) -> dict[str, Any] | None:
    means, counts = _means(codes, y)
    v_means, v_counts = _means(v_codes, vy)
    if min(v_counts.min(), counts.min()) < LEAST or _rises(means):
        return None
    within = max(1e-12, float(np.mean((y - means[codes]) ** 2)))
    chance = within * (1 / v_counts[:, None] + 1 / counts[None, :])
    misfit = ((v_means[:, None] - means[None, :]) ** 2).mean(2) / chance  # (validation codes, training codes)
    own, (aligned, places) = float(np.diag(misfit).mean()), _aligned(misfit)
    moved = np.flatnonzero(places != np.arange(len(places)))
    if aligned > FITS or own < FITS * APART or own < APART * aligned or not len(moved):
        return None
    code = int(moved[misfit[moved, moved].argmax()])
    return {
        "column": name,
        "codes": len(v_counts),
        "train_codes": len(counts),
        "moved": len(moved),
        "code": code,
        "true_code": int(places[code]),
        "apart": own / max(aligned, 1.0),
    }


def _means(codes: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts = np.bincount(codes)
    return np.stack([np.bincount(codes, column) for column in y.T], 1) / np.maximum(1, counts)[:, None], counts


def _rises(means: np.ndarray) -> bool:
    """The codes are an order, as numbers of rooms: a higher level of all targets looks like the next code."""
    column = means[:, means.std(0).argmax()]
    return bool(abs(np.corrcoef(column.argsort().argsort(), np.arange(len(column)))[0, 1]) > ORDERED)


def _aligned(misfit: np.ndarray) -> tuple[float, np.ndarray]:
    """The order-preserving choice of a training code for each validation code with the least misfit: its mean, and the choice."""
    few, many = misfit.shape
    best = np.full((few + 1, many + 1), np.inf)
    best[0] = 0.0
    for i in range(1, few + 1):
        for j in range(i, many + 1):
            best[i, j] = min(best[i, j - 1], best[i - 1, j - 1] + misfit[i - 1, j - 1])
    places, j = np.zeros(few, int), many
    for i in range(few, 0, -1):
        while best[i, j] == best[i, j - 1]:
            j -= 1
        j -= 1
        places[i - 1] = j
    return float(best[few, many] / few), places
