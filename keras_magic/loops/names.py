"""What the user calls the data of a loop: the variables that hold the very rows that the model was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from keras_magic.loops.weights import values

ROWS = 16  # rows that are looked for
Spaces = Sequence[Mapping[str, Any]]


def names_of_rows(x: np.ndarray, y: np.ndarray, spaces: Spaces) -> dict[str, str]:
    """{"x": "X_train", "y": "y_train"} from the rows themselves; none for what is in no variable.

    Args:
        x, y: the rows that were seen.
        spaces: the user's variables, the innermost first. Of several that hold the rows, the one with the fewest counts.
    """
    chosen = np.unique(np.linspace(0, len(x) - 1, ROWS).astype(int))
    held = [(name, array, _places(x[chosen], array)) for name, array in _arrays(x, spaces)]
    held = sorted((h for h in held if h[2] is not None), key=lambda h: len(h[1]))
    if not held:
        return {}
    name, array, places = held[0]
    columns = ((other, column) for other, column in _arrays(y, spaces) if len(column) == len(array))
    label = next((other for other, column in columns if _same(column[places], y[chosen])), None)
    return {"x": name} if label is None else {"x": name, "y": label}


def _arrays(rows: np.ndarray, spaces: Spaces) -> Iterator[tuple[str, np.ndarray]]:
    """The variables with rows of this form, and at least as many of them."""
    for space in spaces:
        for name, thing in space.items():
            if name.startswith("_") or not (hasattr(thing, "dtype") or hasattr(thing, "dtypes")):
                continue
            given = getattr(thing, "shape", None)
            shape = tuple(given) if isinstance(given, Iterable) else ()  # a module such as numpy has functions of these names
            if not shape or shape[0] is None or shape[0] < len(rows):
                continue
            array = np.asarray(thing) if hasattr(thing, "dtypes") else values(thing)
            if array is not None and array.dtype.kind in "fiub" and array[:1].size == rows[:1].size:
                yield name, array


def _places(rows: np.ndarray, array: np.ndarray) -> np.ndarray | None:
    """Where each row stands in the array; None where one of them does not."""
    flat, found = array.reshape(len(array), -1), []
    for row in rows.reshape(len(rows), -1):
        telling = int(np.abs(np.nan_to_num(row)).argmax())
        places = np.flatnonzero(flat[:, telling].astype(rows.dtype) == row[telling])
        alike = flat[places].astype(rows.dtype)
        places = places[((alike == row) | (alike != alike) & (row != row)).all(1)]
        if not len(places):
            return None
        found.append(places[0])
    return np.asarray(found)


def _same(some: np.ndarray, other: np.ndarray) -> bool:
    return bool((some.reshape(-1).astype(other.dtype) == other.reshape(-1)).all())
