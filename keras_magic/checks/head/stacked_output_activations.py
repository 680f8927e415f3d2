"""KM413 two activations on the output."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

_BOUNDED = ("softmax", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign")
_PURE = ("Activation", "Softmax", "Sigmoid", "Tanh", "ReLU", "Relu")


@rule("KM413", "stacked-output-activations", cause="output-activation", severity="error")
def stacked_output_activations(model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Two activations one after the other on the output.

    Looks for:
        A softmax or sigmoid applied to values that already went through softmax, sigmoid, tanh or ReLU.
    Why:
        The first activation narrows the values to 0..1 (or above 0), the second then can't move far from its middle: softmax of
        probabilities over 10 classes gives 0.23 at most, so that the loss has a high floor.
    Measured:
        The chain of layers that ends in an output, read from the graph.
    Bad:
        keras.layers.Dense(10, activation="softmax"), keras.layers.Softmax()
    Good:
        keras.layers.Dense(10), keras.layers.Softmax()
    Fix:
        Leave one of the two out.
    Ignore when:
        Never.
    Sources:
        Nikanjam et al. 2021, NeuraLint (TOSEM 31:1), rule "redundant activation".
    """
    if has_learned(outcome) or not model.graph_known:
        return
    layers = {layer.name: layer for layer in model.layers}
    for head in model.heads:
        last = layers.get(head.name) or (model.layers[-1] if len(model.heads) == 1 and model.layers else None)
        first = layers.get(last.inputs[0]) if last is not None and len(last.inputs) == 1 else None
        if last is None or first is None or last.kind not in _PURE or last.activation not in ("softmax", "sigmoid"):
            continue
        if not _narrowed(first) or (head.units or 0) < (2 if last.activation == "softmax" else 1):
            continue
        twice = first.activation in _BOUNDED
        yield Hit(
            message=f"{last.activation} is applied to the output of {first.name}, which went through {first.activation} already"
            + (
                ": the result can't come near 0 and 1."
                if twice
                else ": values below 0 are lost, so that no class can be ruled out."
            ),
            evidence={"first": first.activation, "second": last.activation, "layers": [first.name, last.name]},
            where=last.name,
            severity="error" if twice else "warning",
            level=Evidence.CONTRADICTION if twice else Evidence.PLAUSIBLE,
        )


def _narrowed(layer: LayerFacts) -> bool:
    """A layer with units and an activation of its own, so that no other layer stands between."""
    return layer.activation in (*_BOUNDED, "relu") and (layer.units is not None or layer.kind in _PURE)
