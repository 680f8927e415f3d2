"""Activations: mean, spread, dead units and saturated values of what each layer puts out in the forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import keras

from keras_magic.errors import EvidenceError
from keras_magic.watch import backends
from keras_magic.watch.layers import activation_name
from keras_magic.watch.step_recorder import StepRecord

POSITIONS = 16  # pixels or time steps looked at per row; all rows and all units are
EDGE = 0.01  # saturated: within this share of the end of the activation's range

_DYING = {"relu", "relu6"}
_RANGES = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}


def measure(seen: StepRecord) -> Iterator[tuple[str, str, Any]]:
    """Yield "mean", "variance" and, where they mean something, "alive" and "saturated" per layer, in forward order.

    Raises:
        EvidenceError: at the end, with the names of layers that could not be read without changing the training.
    """
    unread = []
    for name, output in seen.activations.items():
        values = _first_float(output)
        if values is None or not backends.belongs(values, seen.graph):
            continue
        try:
            values = seen.read(values)
        except EvidenceError:
            unread.append(name)
            continue
        layer = seen.layers.get(name)
        sample = keras.ops.cast(_by_unit(backends.detached(values), getattr(layer, "data_format", None)), "float32")
        mean = backends.mean(sample)
        yield "mean", name, mean
        yield "variance", name, backends.variance(sample, mean)
        activation = activation_name(layer) if layer is not None else None
        if activation in _DYING:
            yield "alive", name, keras.ops.mean(keras.ops.sign(keras.ops.max(sample, axis=0)))
        elif activation in _RANGES:
            low, high = _RANGES[activation]
            yield "saturated", name, _share(keras.ops.abs(sample - (low + high) / 2) > (0.5 - EDGE) * (high - low))
        elif activation == "softmax":
            yield "saturated", name, _share(keras.ops.max(sample, axis=-1) > 1 - EDGE)
    if unread:
        names = ", ".join(unread[:3]) + (f" and {len(unread) - 3} more" if len(unread) > 3 else "")
        raise EvidenceError(f"reading the output of {names} would change how TensorFlow compiles the step, or take too long")


def _first_float(output: Any) -> Any:
    """The first tensor of floats with a batch axis in a layer's output (an LSTM may return its states too)."""
    for leaf in keras.tree.flatten(output):
        shape = getattr(leaf, "shape", None)
        if shape is not None and len(shape) > 0 and keras.backend.is_float_dtype(keras.backend.standardize_dtype(leaf.dtype)):
            return leaf
    return None


def _by_unit(values: Any, data_format: str | None) -> Any:
    """(rows × sampled positions, units) of an output; positions at an odd spacing, so that images are not cut along a column."""
    if len(values.shape) < 3:
        return values
    if data_format == "channels_first":
        values = keras.ops.moveaxis(values, 1, -1)
    units = values.shape[-1]
    if units is None:
        return values
    flat = keras.ops.reshape(values, (-1, units))
    positions = values.shape[1:-1]
    known = prod(p for p in positions if p is not None) if positions else 1
    stride = int(known) // POSITIONS | 1
    return backends.every(flat, stride)


def _share(condition: Any) -> Any:
    return keras.ops.mean(keras.ops.cast(condition, "float32"))
