"""Windows of one recording on both sides of a split: pieces of validation rows that stand in training rows, shifted in time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from keras_magic.facts import InputFacts, OverlapFacts
from keras_magic.sources.inputs import numbers
from keras_magic.sources.row_hashes import mixed, sum_words

FRAGMENT = 4  # time steps by which a place in a recording is known
MOST_ROWS = 2000  # validation rows that are looked up
MOST_VALUES = 4_000_000  # training values up to which all rows are worth reading again
MOST_COMPARED = 2**23  # training values that are looked at, and validation values in both directions: beyond, every n-th row
_BLOCK = 2**17  # steps that are compared at once
_SIEVE = np.uint64(44)  # the upper 20 bits sort most fragments out
_FACTORS = np.random.default_rng(4099).integers(0, 2**63, FRAGMENT, dtype="uint64") * np.uint64(2) + np.uint64(1)


def is_series(fact: InputFacts) -> bool:
    """Whether an input may be windows of a recording: series of fractions, which chance does not repeat."""
    steps = fact.shape[0] if fact.shape else None
    return fact.role in ("sequence", "table") and not fact.integer and steps is not None and steps >= 2 * FRAGMENT


def overlap(
    facts: Sequence[InputFacts], train: Sequence[np.ndarray], validation: Sequence[np.ndarray], complete: bool = True
) -> OverlapFacts | None:
    """How the validation windows overlap with the training windows, in the input where most of them do; None without series.

    `complete`: whether `train` holds all training rows.
    """
    series = [(f.name, _series(a), _series(b)) for f, a, b in zip(facts, train, validation, strict=False) if is_series(f)]
    series = [(name, a, b) for name, a, b in series if len(a) and len(b) and a.shape[1:] == b.shape[1:]]
    found = [_overlap(name, _few(a), _few(b, 2), complete and len(_few(a)) == len(a)) for name, a, b in series]
    return max(found, key=lambda o: o.share, default=None)


def _series(array: np.ndarray) -> np.ndarray:
    """(rows, steps, channels)."""
    values = numbers(array)[0]
    return values.reshape(*values.shape[:2], math.prod(values.shape[2:]))


def _few(rows: np.ndarray, share: int = 1) -> np.ndarray:
    return rows[:: max(1, -(-share * rows.size // MOST_COMPARED))]


def _overlap(name: str, train: np.ndarray, validation: np.ndarray, complete: bool) -> OverlapFacts:
    """Of two windows of one length that overlap, one begins inside the other, and the other ends inside it. So it is enough to
    look for the first and for the last steps of each validation row; those of rows reversed in time tell what chance repeats.
    """
    rows = validation[:: -(-len(validation) // MOST_ROWS)]
    both = np.concatenate([rows, rows[:, ::-1]])
    telling, steps = _telling(both), _steps(train)
    starts = _begun(steps, _steps(both), telling)
    ends = _begun(steps[:, ::-1], _steps(both[:, ::-1]), np.roll(telling, len(rows)))
    longest = np.maximum(starts, ends)
    seen = longest[: len(rows)]
    return OverlapFacts(
        input=name,
        rows=len(rows),
        steps=train.shape[1],
        share=float((seen > 0).mean()),
        starts=float((starts[: len(rows)] > 0).mean()),
        ends=float((ends[: len(rows)] > 0).mean()),
        chance=float((longest[len(rows) :] > 0).mean()),
        shared=int(np.median(seen[seen > 0])) if seen.any() else 0,
        complete=complete,
    )


def _telling(rows: np.ndarray) -> np.ndarray:
    """Whether the first steps of each row are known again: finite, not all alike, not all whole numbers."""
    first = rows[:, :FRAGMENT]
    with np.errstate(invalid="ignore"):
        differ, fractions = (first != first[:, :1]).any((1, 2)), (first != np.floor(first)).any((1, 2))
    return np.asarray(differ & fractions & np.isfinite(first).all((1, 2)))


def _steps(rows: np.ndarray) -> np.ndarray:
    """(rows, steps) hashes of all channels at each step."""
    flat = np.ascontiguousarray(rows).reshape(-1, rows.shape[2])
    return mixed(sum_words([flat])).reshape(rows.shape[:2])


def _fragments(steps: np.ndarray) -> np.ndarray:
    """Hashes of the `FRAGMENT` steps from each step on."""
    places = steps.shape[1] - FRAGMENT + 1
    total = np.zeros((len(steps), places), "uint64")
    for k, factor in enumerate(_FACTORS):
        total += steps[:, k : k + places] * factor
    return total


def _begun(train: np.ndarray, rows: np.ndarray, telling: np.ndarray) -> np.ndarray:
    """Of each row, how many first steps stand at the end of a training row, which began earlier; 0 where none do."""
    best = np.full(len(rows), -1)
    best[telling] = _matches(train, _fragments(rows[telling, :FRAGMENT])[:, 0])
    shared, partner = best // len(train), best % len(train)
    width, places = train.shape[1], np.arange(train.shape[1])
    beside = np.take_along_axis(train[partner], np.minimum(places + (width - shared)[:, None], width - 1), 1)
    whole = ((beside == rows) | (places >= shared[:, None])).all(1)
    return np.where((best >= 0) & whole, shared, 0)


def _matches(train: np.ndarray, fragments: np.ndarray) -> np.ndarray:
    """Where each fragment stands in the training rows, at the earliest place but the first: (steps from there to the end) *
    training rows + row; -1 where it does not. At the first place stands the same window, which is no overlap.
    """
    wanted, which = np.unique(fragments, return_inverse=True)
    sieve = np.zeros(2**20, bool)
    sieve[wanted >> _SIEVE] = True
    best = np.full(len(wanted), -1)
    block = max(1, _BLOCK // train.shape[1])
    for start in range(0, len(train), block):
        found = _fragments(train[start : start + block])[:, 1:]
        row, place = np.nonzero(sieve[found >> _SIEVE])
        hashes = found[row, place]
        at = np.searchsorted(wanted, hashes).clip(max=len(wanted) - 1)
        same = wanted[at] == hashes if len(wanted) else np.zeros(0, bool)
        np.maximum.at(best, at[same], (train.shape[1] - 1 - place[same]) * len(train) + start + row[same])
    return np.asarray(best[which.reshape(-1)])
