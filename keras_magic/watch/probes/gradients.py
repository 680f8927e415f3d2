"""Gradients as they reach the optimizer: before clipping, averaged over the batch as the loss is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.errors import EvidenceError
from keras_magic.watch import backends
from keras_magic.watch.taps import Seen

UNREADABLE = -1.0  # in place of half a sum of squares, which is never negative: nothing told this step's gradient


def measure(seen: Seen) -> Iterator[tuple[str, str, Any]]:
    """Yield ("gradient", layer, half the sum of squares) per variable.

    Raises:
        EvidenceError: at the end, with the names of layers of which a gradient could not be read without changing the training.
    """
    unread: dict[str, None] = {}
    for name, gradients in _by_layer(seen).items():
        try:
            values = [(seen.read(backends.dense(gradient)), scale) for gradient, scale in gradients]
        except EvidenceError:
            unread[name] = None
            continue
        for value, scale in values:
            value = keras.ops.cast(backends.detached(value), "float32")
            yield "gradient", name, backends.half_squares(value if scale is None else value / scale)
    if unread:
        raise EvidenceError(f"reading those of {', '.join(list(unread)[:3])} would change how TensorFlow compiles the step")


def _by_layer(seen: Seen) -> dict[str, list[tuple[Any, Any]]]:
    """Layer -> its gradients with their scale, in the order in which they were applied."""
    owners = seen.owners
    found: dict[str, list[tuple[Any, Any]]] = {}
    for applied in seen.applied:
        for variable, gradient in zip(applied.variables, applied.gradients, strict=True):
            name = owners.get(id(variable))
            if name is not None and gradient is not None:
                found.setdefault(name, []).append((gradient, applied.scale))
    return found
