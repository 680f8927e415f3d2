"""Gradients as they reach the optimizer: before clipping, averaged over the batch as the loss is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.errors import EvidenceError
from keras_magic.watch import backends
from keras_magic.watch.step_recorder import StepRecord

UNREADABLE = -1.0  # in place of half a sum of squares, which is never negative: this step's gradient could not be read


def measure(seen: StepRecord) -> Iterator[tuple[str, str, Any]]:
    """Yield ("gradient", layer, half the sum of squares, or `UNREADABLE`) per variable.

    Raises:
        EvidenceError: at the end, with the names of layers of which a gradient could not be read without changing the training.
    """
    unread = []
    for name, gradients in _by_layer(seen).items():
        try:
            values = [seen.read(backends.dense(gradient)) for gradient, _, _ in gradients]
        except EvidenceError:
            unread.append(name)
            continue
        for read, (_, scale, lost) in zip(values, gradients, strict=True):
            value = keras.ops.cast(backends.detached(read), "float32")
            squares = backends.half_squares(value if scale is None else value / scale)
            yield "gradient", name, squares if lost is None else keras.ops.where(lost, UNREADABLE, squares)
    if unread:
        raise EvidenceError(f"reading those of {', '.join(unread[:3])} would change how TensorFlow compiles the step")


def _by_layer(seen: StepRecord) -> dict[str, list[tuple[Any, Any, Any]]]:
    """Layer -> its gradients, their scale, and whether they were lost, in the order in which they were applied."""
    owners = seen.owners
    found: dict[str, list[tuple[Any, Any, Any]]] = {}
    for applied in seen.applied:
        unreadable = applied.unreadable or [None] * len(applied.variables)
        for variable, gradient, lost in zip(applied.variables, applied.gradients, unreadable, strict=True):
            name = owners.get(id(variable))
            if name is not None and gradient is not None:
                found.setdefault(name, []).append((gradient, applied.scale, lost))
    return found
