"""Do the inputs go with the targets in the validation rows as they do in the training rows?

Each feature's correlation with each target is taken in both halves of both parts. Where the halves of each part agree with each
other, but the parts do not, a feature means something else in the validation rows: columns in another order, texts or categories
that each part coded by itself, components that were fitted twice. The ratio is a correlation corrected for the noise of its
measurement (Spearman 1904, The proof and measurement of association between two things).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from keras_magic.facts import InputFacts, UnlikeFacts
from keras_magic.sources.relation import by_class

FEATURES, CLASSES = 400, 20  # at most, the most frequent ones
ROWS, LEAST = 100, 5  # rows of each part at least; of them with an id
FIRM = 6.0  # agreement of the halves of a part, in standard deviations of what chance gives
SURE = 3.0
ALIKE = 0.5  # parts that agree less than this, also with SURE standard deviations added, are unlike


def unlike(
    inputs: Sequence[InputFacts], x: Sequence[np.ndarray], y: np.ndarray, vx: Sequence[np.ndarray], vy: np.ndarray
) -> UnlikeFacts | None:
    """The input whose features go with the targets in another way in the validation rows; None where there is none.

    Args:
        inputs, x, vx: facts and sampled rows of the training and of the validation inputs, in their order.
        y, vy: their targets, as class indexes or as numbers, both by the same rule.
    """
    if min(len(y), len(vy)) < ROWS:
        return None
    targets = by_class(y, vy, CLASSES)
    found = (
        _compare(fact.name, kind, parts, targets)
        for fact, a, b in zip(inputs, x, vx, strict=False)
        for kind, parts in _features(fact, a, b)
    )
    return min((one for one in found if one is not None), key=lambda one: one.across, default=None)


def _features(fact: InputFacts, a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Which ids a row holds; the values of a table; the means of the channels of a sequence."""
    if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub" or a.shape[1:] != b.shape[1:]:
        return
    if fact.role == "tokens":
        ids, counts = np.unique(np.concatenate([a.ravel(), b.ravel()]), return_counts=True)
        ids = np.sort(ids[counts.argsort()[::-1][:FEATURES]])
        held = [_held(part.reshape(len(part), -1), ids) for part in (a, b)]
        common = (held[0].sum(0) >= LEAST) & (held[1].sum(0) >= LEAST)
        yield "ids", (held[0][:, common].astype(float), held[1][:, common].astype(float))
    elif fact.role == "table" and a.ndim == 2 and a.shape[1] > 1:
        yield "columns", (a[:, :FEATURES].astype(float), b[:, :FEATURES].astype(float))
    elif fact.role == "sequence" and a.ndim == 3 and a.shape[2] > 1:
        yield "channels", (a.mean(1)[:, :FEATURES].astype(float), b.mean(1)[:, :FEATURES].astype(float))


def _held(rows: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Which of the sorted ids each row holds: (rows, ids)."""
    place = np.searchsorted(ids, rows).clip(max=len(ids) - 1)
    row, column = np.nonzero(ids[place] == rows)
    found = np.zeros((len(rows), len(ids)), bool)
    found[row, place[row, column]] = True
    return found


def _compare(
    name: str, kind: str, features: tuple[np.ndarray, np.ndarray], targets: tuple[np.ndarray, np.ndarray]
) -> UnlikeFacts | None:
    """Halves that follow each other: what goes with one stretch of time only is no agreement."""
    if features[0].shape[1] < 2:
        return None
    own, theirs = (_Rows(f, t) for f, t in zip(features, targets, strict=True))
    halves = [(part.half(0), part.half(1)) for part in (own, theirs)]
    within = [float(np.sum(one.related * other.related)) for one, other in halves]
    if any(product <= FIRM * other.noise(one.related) for product, (one, other) in zip(within, halves, strict=True)):
        return None
    across = float(np.sum(own.related * theirs.related)) + SURE * theirs.noise(own.related)
    if across > ALIKE * float(np.sqrt(within[0] * within[1])):
        return None
    agreement = [_cosine(one.related, other.related) for one, other in [*halves, (own, theirs)]]
    return UnlikeFacts(
        input=name, kind=kind, features=features[0].shape[1], train=agreement[0], validation=agreement[1], across=agreement[2]
    )


class _Rows:
    """Rows with their correlations, `related`: features x targets."""

    def __init__(self, features: np.ndarray, targets: np.ndarray) -> None:
        self.features, self.targets = _standardised(features), _standardised(targets)
        self.related = self.features.T @ self.targets / len(features)

    def half(self, which: int) -> _Rows:
        middle = len(self.features) // 2
        part = slice(middle) if which == 0 else slice(middle, None)
        return _Rows(self.features[part], self.targets[part])

    def noise(self, related: np.ndarray) -> float:
        """Standard deviation of the product of these correlations with `related` if the targets were exchanged at random."""
        scores, n = self.features @ related, len(self.features)
        return float(np.sqrt(np.sum((scores.T @ scores) * (self.targets.T @ self.targets)) / n**3))


def _standardised(values: np.ndarray) -> np.ndarray:
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    spread = values.std(0)
    return np.asarray((values - values.mean(0)) / np.where(spread > 0, spread, 1.0))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sum(a * b) / max(1e-12, np.linalg.norm(a) * np.linalg.norm(b)))
