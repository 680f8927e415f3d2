"""Readings of the hidden layers for the static checks of activations and initial weights. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import explosion
from keras_magic.checks.architecture._layers import kind_of
from keras_magic.facts import LayerFacts, ModelFacts, TrainingFacts

SATURATING = ("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign", "softmax")
UNBOUNDED = ("relu", "linear", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu", "exponential")
_FULL = ("Dense", "Conv", "ConvTranspose", "EinsumDense")
_STRAIGHT = ("Dense", "Conv", "SeparableConv", "DepthwiseConv", "ConvTranspose", "EinsumDense")


def feedforward(model: ModelFacts) -> list[LayerFacts]:
    """Hidden Dense and convolutional layers without the heads (and what custom heads hold); none where a head is unknown."""
    heads = {head.layer for head in model.heads}
    if None in heads:
        return []
    return [layer for layer in model.layers if kind_of(layer) in _STRAIGHT and not heads & {layer.name, layer.within}]


def placed(layers: list[LayerFacts]) -> list[LayerFacts]:
    """Those whose place in the flow of the data is known: not those inside custom layers."""
    return [layer for layer in layers if layer.within is None]


def followed(model: ModelFacts, layer: LayerFacts, through: frozenset[str]) -> list[LayerFacts]:
    """The first layers after `layer` on every way that are not of the kinds `through`."""
    found, todo, seen = [], [layer.name], {layer.name}
    while todo:
        name = todo.pop(0)
        for other in (o for o in model.layers if name in o.inputs and o.name not in seen):
            seen.add(other.name)
            passes = kind_of(other) in through or (other.activation == "linear" and not other.parameters)
            (todo.append(other.name) if passes else found.append(other))
    return found


def collapsing(model: ModelFacts) -> list[LayerFacts]:
    """Hidden linear layers that make one linear map with the layer after them.

    Between the two there is no activation, no normalisation, no meeting with another branch, no maximum and no layer that is not
    known. Two linear layers are not one where the first is narrower than both its neighbours (a code, a factorised map), or where
    either has a kernel of its own form (depthwise, separable): that is a choice, not a loss.
    """
    found = []
    for layer in placed(feedforward(model)):
        if activation_of(layer) != "linear" or kind_of(layer) not in _FULL:
            continue
        after = followed(model, layer, _PASSING)
        joined = bool(after) and all(kind_of(other) in _FULL and other.parameters and not other.within for other in after)
        if joined and not any(_narrows(layer, other) for other in after):
            found.append(layer)
    return found


def normalised(model: ModelFacts, layer: LayerFacts) -> bool:
    """What comes out of it is normalised before anything else (inside custom layers: may be), so that its scale has no effect."""
    if layer.within is not None or not model.graph_known:
        return any("Normalization" in other.kind for other in model.layers if other.within == layer.within)
    after = followed(model, layer, _PASSING)
    return bool(after) and all("Normalization" in other.kind for other in after)


def _narrows(layer: LayerFacts, after: LayerFacts) -> bool:
    """Its values are fewer than those on both sides, so that the two maps together can do less than one."""
    inputs, units, outputs = (layer.input_shape or (None,))[-1], layer.units, after.units
    return None not in (inputs, units, outputs) and units < min(inputs, outputs)  # type: ignore[type-var,operator]


def recurrent(model: ModelFacts) -> Iterator[tuple[LayerFacts, int | None]]:
    """(layer, time steps that it runs over, None when unknown) for the recurrent layers."""
    for layer in model.layers:
        if layer.kind in ("SimpleRNN", "LSTM", "GRU"):
            yield layer, (layer.input_shape or (None,))[0]


def unbounded(layer: LayerFacts) -> bool:
    """What a recurrent layer passes to its next time step has no bound."""
    return layer.activation in UNBOUNDED


def exploded(training: TrainingFacts | None, layer: LayerFacts) -> bool:
    """Gradients grew without bound, or numbers left the range of floats in a recurrence that has no bound.

    Between two sampled steps such a state may leave it unseen: the sampled gradients tell nothing then.
    """
    return explosion(training) is not None or (unbounded(layer) and overflowed(training))


def overflowed(training: TrainingFacts | None) -> bool:
    """The training was finite at first and then no longer."""
    return training is not None and training.nonfinite is not None and training.nonfinite.step > 2


def activation_of(layer: LayerFacts) -> str | None:
    """The activation that acts on the layer's output, None when unknown."""
    return layer.effective_activation or layer.activation  # calls of a subclassed model are not known


def has_shortcuts(model: ModelFacts) -> bool:
    """Skip connections or normalisation keep the signal alive in depth."""
    return any(
        layer.kind in ("Add", "Concatenate") or (layer.kind.endswith("Normalization") and layer.depth) for layer in model.layers
    )


def nonlinear(model: ModelFacts) -> Iterator[LayerFacts]:
    """Layers other than the head's activation that make the network more than a linear map (or may do so)."""
    heads = {head.layer for head in model.heads} | {head.name for head in model.heads}
    for layer in model.layers:
        if layer.name in heads or kind_of(layer) in _HARMLESS:
            continue
        if kind_of(layer) in _STRAIGHT and activation_of(layer) == "linear":
            continue
        if layer.activation == "linear" and not layer.parameters:
            continue
        yield layer


#: Layers that a linear map passes through unchanged in kind: what comes out is a linear map of what went in.
_PASSING = frozenset((
    "Flatten", "Reshape", "Permute", "Dropout", "SpatialDropout", "GaussianNoise", "AveragePooling", "GlobalAveragePooling",
    "ZeroPadding", "Cropping", "UpSampling", "RepeatVector", "Identity", "ActivityRegularization",
))  # fmt: skip
_HARMLESS = _PASSING | {
    "InputLayer", "GaussianDropout", "AlphaDropout", "BatchNormalization", "Normalization", "Rescaling", "Concatenate", "Add",
    "Average",
}  # fmt: skip
