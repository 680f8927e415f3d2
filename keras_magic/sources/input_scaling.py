"""What a model does to the scale of its inputs: the layers that rescale them, the range that it expects."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from keras_magic.sources.expectation import expected_range
from keras_magic.sources.graph import Graph
from keras_magic.sources.operations import CARRIERS, SCALERS, is_weighted, kind_of

_KEPT = 512  # means and variances of a Normalization layer that are kept


def normalization_of(layer: Any) -> dict[str, Any]:
    """{"adapted", "mean", "variance"}: a Normalization layer that was never adapted is the identity."""
    import keras

    if layer.input_mean is not None:
        mean, variance = layer.input_mean, layer.input_variance
    elif layer.built:
        mean, variance = (keras.ops.convert_to_numpy(v) for v in (layer.adapt_mean, layer.adapt_variance))
    else:
        return {"adapted": False}
    adapted = bool(np.any(np.asarray(mean) != 0) or np.any(np.asarray(variance) != 1))
    flat = [tuple(float(v) for v in np.ravel(np.asarray(a))[:_KEPT]) for a in (mean, variance)]
    return {"adapted": adapted, "mean": flat[0], "variance": flat[1]}


def input_scaling(graph: Graph) -> tuple[dict[str, str], dict[str, tuple[float, float]], set[str]]:
    """(scales_inputs, expected_range, learned_range): what each input meets before the first weights."""
    learned: set[str] = set()
    scaled: dict[str, str] = {}
    expected: dict[str, tuple[float, float]] = {}
    if not graph.known:
        return scaled, expected, learned
    for start, call in enumerate(graph.calls):
        if not call.parents:
            _follow(graph, start, scaled, expected, learned)
    return scaled, expected, learned


def _follow(graph: Graph, start: int, scaled: dict[str, str], expected: dict[str, tuple[float, float]], learned: set[str]) -> None:
    """Go from one input (or from the first layer of an unbuilt Sequential) to the first weights and note what is met."""
    is_input = kind_of(graph.calls[start].operation) == "InputLayer"
    label = graph.calls[start].name if is_input else "x"
    todo = graph.consumers(start) if is_input else [start]
    while todo:
        i = todo.pop(0)
        operation, kind = graph.calls[i].operation, _kind(graph.calls[i].operation)
        if _scales(operation):
            scaled.setdefault(label, kind)
            if kind == "Rescaling" and (found := _rescaling_range(operation)):
                expected.setdefault(label, found)
        elif kind in CARRIERS or kind == "Normalization":
            todo += graph.consumers(i)
        elif is_weighted(operation) and (found := _learned_range(graph, i)):
            expected.setdefault(label, found)
            learned.add(label)


def _kind(operation: Any) -> str:
    """See `kind_of`; "Embedding" for every class derived from it."""
    import keras

    return "Embedding" if isinstance(operation, keras.layers.Embedding) else kind_of(operation)


def _scales(operation: Any) -> bool:
    """It changes the range of what it is fed; a Normalization layer only once it is adapted, the user's own layers possibly."""
    kind = _kind(operation)
    if kind == "Normalization":
        return bool(normalization_of(operation)["adapted"])
    own = not type(operation).__module__.startswith("keras.") and not is_weighted(operation)
    return kind in SCALERS or own


def _rescaling_range(layer: Any) -> tuple[float, float] | None:
    """The range that a Rescaling layer maps to [0, 1] (no offset) or [-1, 1]."""
    scale, offset = layer.scale, layer.offset
    if not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)) or scale <= 0:
        return None
    return (0.0, 1.0 / scale) if offset == 0 else ((-1.0 - offset) / scale, (1.0 - offset) / scale)


def _learned_range(graph: Graph, index: int) -> tuple[float, float] | None:
    """The range that the first convolution was trained on, by the BatchNormalization that it alone feeds."""
    after = [graph.calls[i] for i in graph.consumers(index)]
    if len(after) != 1 or type(after[0].operation).__name__ != "BatchNormalization":
        return None
    with contextlib.suppress(Exception):
        return expected_range(graph.calls[index].operation, after[0].operation)
    return None
