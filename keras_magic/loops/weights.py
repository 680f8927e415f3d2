"""Read variables in Python, beside the user's own calls: samples for norms, fingerprints for "is exactly as it was"."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

SAMPLE = 4096  # values of a variable that norms are taken of
MOST = 200_000_000  # bytes that fingerprints read at most


@contextmanager
def lifted() -> Iterator[None]:
    """Out of a graph that is being traced, so that values can be read and the graph stays the user's."""
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    with nullcontext() if tf.executing_eagerly() else tf.init_scope():
        yield


def values(thing: Any) -> np.ndarray | None:
    """A variable or eager tensor as numpy; of a sparse gradient its rows; None for what has no value (None, a graph's tensor)."""
    thing = getattr(thing, "values", thing) if type(thing).__name__ == "IndexedSlices" else thing
    thing = getattr(thing, "value", thing) if hasattr(thing, "trainable") else thing
    if callable(thing):  # tf.Variable.value is a method
        thing = thing()
    if hasattr(thing, "detach"):
        thing = thing.detach().cpu()
    read = getattr(thing, "numpy", None)
    try:
        return np.asarray(read()) if read is not None else np.asarray(thing) if hasattr(thing, "__array__") else None
    except (AttributeError, NotImplementedError, TypeError, RuntimeError):  # a tensor of a graph, a buffer that was given away
        return None


def sample(thing: Any, most: int = SAMPLE) -> np.ndarray | None:
    """At most `most` values, evenly spaced, as float64; a copy. None where there is no value."""
    array = values(thing)
    if array is None or array.dtype.kind not in "fiuV":
        return None
    flat = array.reshape(-1)
    return flat[:: max(1, -(-flat.size // most))].astype(np.float64)


def norm(array: np.ndarray) -> float:
    return float(np.sqrt(np.sum(array * array)))


def fingerprints(variables: Iterable[Any], most: int = MOST) -> tuple[int | None, ...]:
    """A checksum of each variable's bytes; None for those beyond the limit or not readable."""
    found: list[int | None] = []
    for variable in variables:
        array = values(variable) if most > 0 else None
        most -= 0 if array is None else array.nbytes
        found.append(None if array is None else zlib.crc32(np.ascontiguousarray(array).tobytes()))
    return tuple(found)


def finite(things: Iterable[Any]) -> bool | None:
    """Whether all that can be read is finite; None where nothing can be."""
    arrays = [a for a in map(values, things) if a is not None and a.dtype.kind in "fV"]
    return all(bool(np.isfinite(a.astype(np.float32, copy=False)).all()) for a in arrays) if arrays else None
