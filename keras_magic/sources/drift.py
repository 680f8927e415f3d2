"""How the validation data compares with the training data: drift per column, shares of classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from keras_magic.facts import InputFacts, TargetFacts
from keras_magic.sources.inputs import drawn, numbers

WORST = 20
MOST_COLUMNS = 300
VALUES = 4_000  # of a column that are compared: by chance their distance is 0.03 at most


def drift(facts: InputFacts, train: np.ndarray, validation: np.ndarray, several: bool = False) -> dict[str, dict[str, float]]:
    """Column -> {"ks", "psi", "mean_shift", "std_ratio"} of the columns that differ most.

    Images, tokens and volumes count as one column.
    "ks" is the Kolmogorov-Smirnov distance, "psi" the population stability index over the training deciles.
    """
    if facts.role == "text" or train.ndim != validation.ndim:
        return {}
    width = train.shape[-1] if facts.role in ("table", "sequence") and train.ndim > 1 else 1
    if validation.ndim > 1 and facts.role in ("table", "sequence") and validation.shape[-1] != width:
        return {}
    a, b = (_columns(numbers(part)[0], width) for part in (train, validation))
    names = [c.name for c in facts.columns] or [facts.name]
    result = {}
    for i in range(0, min(width, len(names)), max(1, width // MOST_COLUMNS)):
        name = names[i] if not several or names[i] == facts.name else f"{facts.name}/{names[i]}"
        result[name] = compare(a[:, i], b[:, i])
    worst = sorted(result, key=lambda n: -result[n]["ks"])[:WORST]
    return {name: result[name] for name in worst}


def compare(train: np.ndarray, validation: np.ndarray) -> dict[str, float]:
    """Distances between two samples of one column; zeros where either has no finite value."""
    a, b = (np.sort(part[np.isfinite(part)].astype("float64")) for part in (train, validation))
    if not len(a) or not len(b):
        return {"ks": 0.0, "psi": 0.0, "mean_shift": 0.0, "std_ratio": 1.0}
    both = np.concatenate([a, b])
    ks = float(np.abs(np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)).max())
    edges = np.unique(a[(np.arange(1, 10) * (len(a) - 1) / 10).astype(int)])
    p, q = (np.bincount(np.searchsorted(edges, part), minlength=len(edges) + 1) / len(part) for part in (a, b))
    p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    std = float(a.std())
    scale = std if std > 0 else max(abs(float(a[0])), 1e-12)
    return {
        "ks": ks,
        "psi": float(((q - p) * np.log(q / p)).sum()),
        "mean_shift": (float(b.mean()) - float(a.mean())) / scale,
        "std_ratio": float(b.std()) / scale,
    }


def class_shift(train: TargetFacts, validation: TargetFacts) -> tuple[float, dict[str, tuple[str, ...]]]:
    """(total variation distance between the class shares, {"train": classes missing there, "validation": ...})."""
    a, b = train.classes, validation.classes
    if not a or not b:
        return 0.0, {}
    shares = [{k: v / max(1, sum(part.values())) for k, v in part.items()} for part in (a, b)]
    distance = 0.5 * sum(abs(shares[0].get(k, 0.0) - shares[1].get(k, 0.0)) for k in {*a, *b})
    gone: Mapping[str, tuple[str, ...]] = {
        "train": tuple(k for k, v in b.items() if v and not a.get(k)),
        "validation": tuple(k for k, v in a.items() if v and not b.get(k)),
    }
    return distance, {k: v for k, v in gone.items() if v}


def _columns(array: np.ndarray, width: int) -> np.ndarray:
    return drawn(array.reshape(-1, width), VALUES)
