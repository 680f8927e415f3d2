"""KM501 a stack of linear layers."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, score
from keras_magic.checks.gradients._layers import activation_of, collapsing, feedforward, nonlinear, placed
from keras_magic.facts import ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted

# fmt: off
#: Parts of the names of functions that are not linear.
_CURVED = (
    "elu", "tanh", "sigmoid", "softmax", "softplus", "softsign", "silu", "swish", "mish", "act", "sin", "cos", "abs", "square",
    "maximum", "minimum", "multiply", "where", "sqrt", "norm", "divide", "power", "BINARY_", "INPLACE_",
)
_CURVED_NAMES = ("exp", "log", "log1p", "max", "min", "pow")
# fmt: on


@rule("KM501", "linear-stack", cause="hidden-activation", severity="error", explains=("capacity-too-small",))
def linear_stack(model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Hidden layers without activation: however many, they make one linear map.

    Looks for:
        Dense and convolutional hidden layers with no activation of their own and none after them; where other parts of the network
        are not linear, only those with nothing but another linear layer after them.
    Why:
        A linear map of a linear map is a linear map: the network can do no more than linear (or logistic) regression.
    Measured:
        The activation of each hidden layer, also where it is a layer of its own after normalisation or dropout, along the flow of
        the data; what simple models reach on the same rows. A paired trial with ReLU decides.
    Bad:
        keras.layers.Dense(64), keras.layers.Dense(64), keras.layers.Dense(1)
    Good:
        keras.layers.Dense(64, activation="relu"), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)
    Fix:
        activation="relu" in the hidden layers.
    Ignore when:
        A linear model is wanted (the check is silent where the network has learned). Linear bottlenecks, projections before an
        addition, depthwise kernels, codes of autoencoders and custom layers are not reported.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.1.
    """
    layers = placed(feedforward(model))
    linear = [layer for layer in layers if activation_of(layer) == "linear"]
    if not linear or has_learned(outcome) or not (model.graph_known or _plain_calls(model)):
        return
    whole = not any(nonlinear(model))
    linear = linear if whole else collapsing(model)
    if not whole and len(linear) < 2:
        return
    curved = _curved(outcome)
    names_ = [layer.name for layer in linear]
    yield Hit(
        message=(f"None of the {counted(len(linear), 'hidden layer')} has an activation: " if whole else
                 f"{len(linear)} of {len(layers)} hidden layers have no activation: ")
        + ("together they collapse into one linear layer." if whole else "each collapses into one with the layer after it.")
        + (f" On these rows nonlinear models score {score(curved[1])} of 1, a linear one {score(curved[0])}." if curved else ""),
        evidence={"layers": names_, "hidden": len(layers), "whole_network": whole},
        where=names_[0],
        severity=None if whole else "warning",
        level=_level(whole, bool(curved), model.graph_known),
        fix=fixes.replace_hidden_activations(activation="relu", layers=None if whole else names_),
    )  # fmt: skip


def _level(whole: bool, curved: bool, graph_known: bool) -> Evidence:
    if not whole or not (curved or graph_known):
        return Evidence.HINT
    return Evidence.MEASURED if curved and graph_known else Evidence.PLAUSIBLE


def _plain_calls(model: ModelFacts) -> bool:
    """A subclassed model whose `call` uses nothing but layers of its own and names no function that is not linear."""
    flat = not any("/" in layer.name for layer in model.layers)
    curved = any(name in _CURVED_NAMES or any(word in name for word in _CURVED) for name in model.call_names)
    return flat and bool(model.call_names) and not curved


def _curved(outcome: OutcomeFacts | None) -> tuple[float, float] | None:
    """(linear, best other) skill of simple models where the other is clearly better."""
    if outcome is None or "linear" not in outcome.reference:
        return None
    linear = outcome.reference["linear"]
    best = max((skill for name, skill in outcome.reference.items() if name != "linear"), default=linear)
    return (linear, best) if best > linear + 0.1 else None
