"""Readings of the hidden layers for the static checks of activations and start weights. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic.checks._judging import explosion
from keras_magic.facts import LayerFacts, ModelFacts, TrainingFacts

SATURATING = ("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign", "softmax")
UNBOUNDED = ("relu", "linear", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu", "exponential")
_STRAIGHT = ("Dense", "Conv", "SeparableConv", "DepthwiseConv", "ConvTranspose", "EinsumDense")


def kind_of(layer: LayerFacts) -> str:
    """Class name without "1D", "2D", "3D"; of the layer inside for TimeDistributed."""
    return re.sub(r"[123]D(?=Transpose|$)", "", str(layer.options.get("layer", layer.kind)))


def feedforward(model: ModelFacts) -> list[LayerFacts]:
    """Hidden Dense and convolutional layers, the heads left out; none where a head is unknown."""
    heads = {head.layer for head in model.heads}
    if None in heads:
        return []
    return [layer for layer in model.layers if kind_of(layer) in _STRAIGHT and layer.name not in heads]


def recurrent(model: ModelFacts) -> Iterator[tuple[LayerFacts, int | None]]:
    """(layer, time steps that it runs over, None when unknown) for the recurrent layers."""
    for layer in model.layers:
        if layer.kind in ("SimpleRNN", "LSTM", "GRU"):
            yield layer, (layer.input_shape or (None,))[0]


def unbounded(layer: LayerFacts) -> bool:
    """What a recurrent layer hands on to its next time step has no bound."""
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
        if layer.name in heads or layer.kind in _HARMLESS or re.sub(r"[123]D$", "", layer.kind) in _HARMLESS:
            continue
        if kind_of(layer) in _STRAIGHT and activation_of(layer) == "linear":
            continue
        if layer.activation == "linear" and not layer.parameters:
            continue
        yield layer


_HARMLESS = frozenset(
    (
        "InputLayer",
        "Flatten",
        "Reshape",
        "Permute",
        "Dropout",
        "SpatialDropout",
        "GaussianNoise",
        "GaussianDropout",
        "AlphaDropout",
        "BatchNormalization",
        "Normalization",
        "Rescaling",
        "AveragePooling",
        "GlobalAveragePooling",
        "ZeroPadding",
        "Cropping",
        "UpSampling",
        "Concatenate",
        "Add",
        "Average",
        "RepeatVector",
        "Identity",
        "ActivityRegularization",
    )
)
