"""How many values of an input a lookup layer does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_magic.facts import InputFacts, LayerFacts, ModelFacts

ROWS = 2000
MOST_TOKENS = 50_000


def unknown_values(model: ModelFacts | None, inputs: tuple[InputFacts, ...], x: list[np.ndarray]) -> dict[str, Mapping[str, Any]]:
    """Lookup layer -> {"input", "share", "example", "size"} of the sampled values that its vocabulary does not hold.

    Layers without a known vocabulary, and those that something else than an input feeds, are left out.
    """
    found: dict[str, Mapping[str, Any]] = {}
    named = {fact.name: array for fact, array in zip(inputs, x, strict=True)}
    for layer in model.layers if model is not None else ():
        known = layer.options.get("vocabulary")
        name = _input_of(layer, model) if known else None
        values = named.get(name or "", x[0] if len(x) == 1 and known else None)
        if not known or values is None or not len(values):
            continue
        tokens = np.array([v.decode() if isinstance(v, bytes) else str(v) for v in values[:ROWS].ravel().tolist()])
        missing = tokens[~np.isin(tokens, np.array(known))]
        example = str(missing[0]) if len(missing) else ""
        size = len(known)
        found[layer.name] = {"input": name or inputs[0].name, "share": len(missing) / len(tokens), "example": example, "size": size}
    return found


def _input_of(layer: LayerFacts, model: ModelFacts | None) -> str | None:
    """The input that feeds the layer directly."""
    kinds = {other.name: other.kind for other in model.layers} if model is not None else {}
    return next((name for name in layer.inputs if kinds.get(name) == "InputLayer"), None)
