"""KM503 softmax between hidden layers."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.gradients._layers import activation_of, feedforward, placed
from keras_magic.facts import ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted, either


@rule(
    "KM503",
    "softmax-inside",
    cause="hidden-activation",
    severity="error",
    explains=("vanishing-gradient", "capacity-too-small"),
    headline="softmax stands between hidden layers",
)
def softmax_inside(model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Softmax as a hidden activation.

    Looks for:
        Hidden Dense or convolutional layers whose activation is softmax and whose output goes on into further layers with
        weights.
    Why:
        Softmax makes the units of a layer share a sum of 1: with 64 units each is about 0.016, nearly the same for every row, and
        little of the gradient gets back through it.
    Measured:
        The activation of each hidden layer, read from the graph.
    Bad:
        keras.layers.Dense(64, activation="softmax"), keras.layers.Dense(10, activation="softmax")
    Good:
        keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")
    Fix:
        ReLU in hidden layers, softmax in the last one only.
    Ignore when:
        The softmax makes attention weights or a gate: one that is multiplied, not fed on (not looked at).
    Sources:
        StackOverflow 66069636.
    """
    if has_learned(outcome):
        return
    gated = any(layer.kind in ("Multiply", "Dot", "Matmul", "Einsum") for layer in model.layers)
    found = [layer for layer in placed(feedforward(model)) if activation_of(layer) == "softmax" and (layer.units or 0) > 1]
    if not found or gated or not model.graph_known:
        return
    names_ = [layer.name for layer in found]
    width = max(layer.units or 2 for layer in found)
    yield Hit(
        message=f"{counted(len(found), 'hidden layer')} ({names_[0]}{', ...' if len(found) > 1 else ''}) "
        f"{either(len(found), 'ends', 'end')} in softmax: "
        f"the outputs of {width} units are about {1 / width:.2g} each for every row.",
        evidence={"layers": names_, "units": [layer.units for layer in found]},
        where=names_[0],
        level=Evidence.MEASURED,
        fix=fixes.replace_hidden_activations(activation="relu", layers=names_),
    )
