"""Gradients as they reach the optimizer: before clipping, averaged over the batch as the loss is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.watch import backends
from keras_magic.watch.taps import Seen


def measure(seen: Seen) -> Iterator[tuple[str, str, Any]]:
    """Yield ("gradient", layer, half the sum of squares) per variable."""
    owners = seen.owners
    for applied in seen.applied:
        for variable, gradient in zip(applied.variables, applied.gradients, strict=True):
            name = owners.get(id(variable))
            if name is None or gradient is None:
                continue
            values = keras.ops.cast(backends.detached(backends.dense(gradient)), "float32")
            yield "gradient", name, backends.half_squares(values if applied.scale is None else values / applied.scale)
