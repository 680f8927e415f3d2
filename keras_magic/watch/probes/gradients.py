"""Gradients as they reach the optimizer: before clipping, averaged over the batch as the loss is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.watch import backends
from keras_magic.watch.taps import Seen

UNREADABLE = -1.0  # in place of half a sum of squares, which is never negative: nothing told this step's gradient


def measure(seen: Seen) -> Iterator[tuple[str, str, Any]]:
    """Yield ("gradient", layer, half the sum of squares, or `UNREADABLE`) per variable."""
    owners = seen.owners
    for applied in seen.applied:
        unreadable = applied.unreadable or [None] * len(applied.variables)
        for variable, gradient, lost in zip(applied.variables, applied.gradients, unreadable, strict=True):
            name = owners.get(id(variable))
            if name is None or gradient is None:
                continue
            values = keras.ops.cast(backends.detached(seen.read(backends.dense(gradient))), "float32")
            squares = backends.half_squares(values if applied.scale is None else values / applied.scale)
            yield "gradient", name, squares if lost is None else keras.ops.where(lost, UNREADABLE, squares)
