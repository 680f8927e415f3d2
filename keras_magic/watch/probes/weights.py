"""Weights after the step, and how far the step moved them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.watch import backends
from keras_magic.watch.step_recorder import StepRecord, row_stride


def measure(seen: StepRecord) -> Iterator[tuple[str, str, Any]]:
    """Yield halves of sums of squares per trained variable: "kernel", "update" (scaled up where rows were sampled), "other"."""
    owners = seen.owners
    for applied in seen.applied:
        for variable, before, after in zip(applied.variables, applied.before, applied.after, strict=True):
            name = owners.get(id(variable))
            if name is None:
                continue
            if before is None:
                yield "other", name, _squares(after)
            else:
                stride = row_stride(variable.shape)
                yield "kernel", name, _squares(after, stride)
                yield "update", name, _squares(after - before, stride)


def before(seen: StepRecord) -> Iterator[tuple[str, str, Any]]:
    """Yield ("before", layer, half the sum of squares) per kernel: what an unmeasured step left behind."""
    owners = seen.owners
    for applied in seen.applied:
        for variable, value in zip(applied.variables, applied.before, strict=True):
            if value is not None and (name := owners.get(id(variable))) is not None:
                yield "before", name, _squares(value)


def _squares(values: Any, stride: int = 1) -> Any:
    total = backends.half_squares(keras.ops.cast(values, "float32"))
    return total * stride if stride > 1 else total
