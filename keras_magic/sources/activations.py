"""Names and ranges of activations, read from the many ways in which Keras takes them."""

from __future__ import annotations

import re
from typing import Any

_ALIASES = {
    "swish": "silu",
    "re_lu": "relu",
    "p_re_lu": "prelu",
    "leaky_re_lu": "leaky_relu",
    "hard_swish": "hard_silu",
    "exp": "exponential",
}

#: activation -> (low, high) of its values, None where unbounded.
RANGES: dict[str, tuple[float | None, float | None]] = {
    "linear": (None, None),
    "leaky_relu": (None, None),
    "prelu": (None, None),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, None),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, None),
    "squareplus": (0.0, None),
    "sparse_plus": (0.0, None),
    "exponential": (0.0, None),
    "elu": (-1.0, None),
    "celu": (-1.0, None),
    "selu": (-1.7581, None),
    "silu": (-0.2785, None),
    "hard_silu": (-0.375, None),
    "gelu": (-0.17, None),
    "mish": (-0.3088, None),
    "log_softmax": (None, 0.0),
    "log_sigmoid": (None, 0.0),
}


def snake(name: str) -> str:
    """`"LeakyReLU"` -> `"leaky_re_lu"`, as Keras names its classes."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def activation_name(activation: Any) -> str | None:
    """Keras' name of an activation given as string, function, layer or operation; None for one that is the user's own."""
    if activation is None:
        return "linear"
    given = activation if isinstance(activation, str) else getattr(activation, "__name__", None) or type(activation).__name__
    name = snake(given.removesuffix("_v2"))
    name = _ALIASES.get(name, name)
    return name if name in RANGES else None


def layer_activation(operation: Any) -> str | None:
    """The activation that a layer or operation applies to its result: a name, "linear", or None when it cannot be known.

    Recurrent layers count with the activation that bounds their output; pooling, merging and the like are "linear".
    """
    kind = type(operation).__name__
    if kind in ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"):
        return _activation_layer(operation, kind)
    if kind in ("TimeDistributed", "Bidirectional"):
        return layer_activation(getattr(operation, "layer", None) or operation.forward_layer)
    if not type(operation).__module__.startswith("keras."):
        return activation_name(operation.activation) if hasattr(operation, "activation") else None
    if hasattr(operation, "activation"):
        return activation_name(operation.activation)
    if getattr(operation, "variables", None) is None:  # an operation such as keras.ops.softmax
        return activation_name(operation)
    return "linear"


def _activation_layer(layer: Any, kind: str) -> str | None:
    if kind == "Activation":
        return activation_name(layer.activation)
    if kind == "ReLU" and layer.negative_slope:
        return "leaky_relu"
    if kind == "ReLU" and layer.max_value == 6:
        return "relu6"
    return activation_name(kind)


def activation_range(operation: Any, activation: str | None) -> tuple[float | None, float | None]:
    """(low, high) of what comes out; narrower than the name says where the layer's own settings say so."""
    if activation is None:
        return (None, None)
    if activation == "relu" and getattr(operation, "max_value", None) is not None:
        return (0.0, float(operation.max_value))
    if activation == "elu" and isinstance(getattr(operation, "alpha", None), (int, float)):
        return (-float(operation.alpha), None)
    return RANGES[activation]
