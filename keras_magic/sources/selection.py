"""Were the features chosen with rows that the network is validated on? A fitted selector tells by the scores that it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_magic.facts import SelectionFacts

SAME = 1e-3  # relative difference up to which two scores are the same; F and chi² do not change when a column is scaled


def selected_with(
    selectors: Sequence[tuple[str, Any]],
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
) -> SelectionFacts | None:
    """The selector of scikit-learn that scored the features on training and validation rows together, None where none did.

    Args:
        selectors: (name, fitted object) of the user's variables; train, validation: all rows (rows, features) and labels (rows,).

    Its scores of the kept features are those of all rows together, and not those of the training rows: both are computed again.
    """
    (x, y), (vx, vy) = train, validation
    for name, selector in selectors:
        kept = np.asarray(selector.get_support(), bool)
        if x.ndim != 2 or kept.sum() != x.shape[1] or kept.all():
            continue
        scores = np.asarray(selector.scores_)[kept]
        together = _scores(selector, np.concatenate([x, vx]), np.concatenate([y, vy]))
        if _same(scores, together) and not _same(scores, _scores(selector, x, y)):
            return SelectionFacts(selector=name, kind=type(selector).__name__, kept=int(kept.sum()), among=len(kept))
    return None


def _scores(selector: Any, x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    try:
        found = selector.score_func(x.astype("float64"), y)
    except Exception:  # a score that takes no such values, or one of the user's own
        return None
    return np.asarray(found[0] if isinstance(found, tuple) else found)


def _same(a: np.ndarray, b: np.ndarray | None) -> bool:
    return b is not None and a.shape == b.shape and bool(np.allclose(a, b, rtol=SAME, atol=0))
