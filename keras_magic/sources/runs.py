"""How the rows of two runs relate: the same, parts of one data set, or data of their own."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from keras_magic.run import Run
from keras_magic.sources.batches import training_source
from keras_magic.sources.rescaled import are_rescaled_parts
from keras_magic.sources.trees import leaves, map_tree, to_numpy

HASHED = 20_000  # training rows of a fit that are compared with later validation rows


def relation_of(one: Run, other: Run) -> str | None:
    """`"same"`: both are trained on the same rows; `"folds"`: on parts of the same data; None: on data of their own."""
    if one.x is other.x:
        return "same"
    if not (in_memory(one) and in_memory(other)):
        return None
    try:
        rows, others = (training_source(run).sample(HASHED).x for run in (one, other))
        first, second = row_hashes(rows), row_hashes(others)
    except Exception:  # data of a kind that cannot be compared
        return None
    shared = len(first & second) / max(1, min(len(first), len(second)))
    if not shared:
        return "folds" if are_rescaled_parts(rows, others) else None
    return "same" if shared == 1.0 and len(first) == len(second) else "folds"


def is_validated(run: Run) -> bool:
    return run.fit_arguments.get("validation_data") is not None or bool(run.fit_arguments.get("validation_split"))


def in_memory(run: Run) -> bool:
    found = leaves(run.x)
    return bool(found) and all(isinstance(a, np.ndarray) or hasattr(a, "iloc") for a in found)


def rows_of(x: Any) -> int:
    return len(leaves(x)[0])


def same_rows(one: Any, other: Any) -> bool:
    """Whether two arrays hold the same first rows, and as many."""
    try:
        first, second = to_numpy(leaves(one)[0]), to_numpy(leaves(other)[0])
        return first.shape == second.shape and bool(np.array_equal(first[:64], second[:64]))
    except Exception:
        return False


def joined_rows(parts: tuple[Any, ...]) -> Any:
    arrays = [leaves(map_tree(to_numpy, part)) for part in parts]
    columns = iter([np.concatenate(column) for column in zip(*arrays, strict=True)])
    return map_tree(lambda _: next(columns), parts[0])


def row_hashes(x: Any) -> set[bytes]:
    """A hash of each row over all inputs."""
    tables = [np.ascontiguousarray(to_numpy(a)).reshape(len(a), -1) for a in leaves(x)]
    return {hashlib.blake2b(b"|".join(r.tobytes() for r in row), digest_size=8).digest() for row in zip(*tables, strict=True)}
