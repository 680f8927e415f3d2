"""Weights after the step, and how far the step moved them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.watch import backends
from keras_magic.watch.taps import Seen, row_stride


def measure(seen: Seen) -> Iterator[tuple[str, str, Any]]:
    """Yield sums of squares per trained variable: "kernel" and "update" for kernels (scaled up from sampled rows), "other"."""
    owners = seen.owners
    for applied in seen.applied:
        for variable, before, after in zip(applied.variables, applied.before, applied.after, strict=True):
            name = owners.get(id(variable))
            if name is None:
                continue
            if before is None:
                yield "other", name, _squares(backends.read(variable), 1)
                continue
            stride = row_stride(variable.shape)
            yield "kernel", name, _squares(after, stride)
            yield "update", name, _squares(after - before, stride)


def _squares(values: Any, stride: int) -> Any:
    values = keras.ops.cast(values, "float32")
    total = keras.ops.sum(values * values)
    return total * stride if stride > 1 else total
