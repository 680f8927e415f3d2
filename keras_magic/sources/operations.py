"""What a layer or operation is: a carrier of values, an activation, something with weights."""

from __future__ import annotations

import re
from typing import Any

from keras_magic.sources.activations import layer_activation

Range = tuple[float | None, float | None]


#: Operations that hand values on (moved, dropped, averaged or selected, but within the same range); "2D" and the like left off.
# fmt: off
CARRIERS = frozenset((
    "Flatten", "Reshape", "Permute", "RepeatVector", "Identity", "Masking", "Squeeze", "ExpandDims", "GetItem", "Transpose", "Cast",
    "Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
    "Average", "Concatenate", "Maximum", "Minimum", "Stack", "Mean", "Max",
    "MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling", "AdaptiveAveragePooling", "AdaptiveMaxPooling",
    "Cropping", "ZeroPadding", "UpSampling", "Resizing", "CenterCrop",
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness", "RandomCrop",
))


#: Between a weighted layer and "its" activation there may stand, besides carriers:
BRIDGES = CARRIERS | {"BatchNormalization", "LayerNormalization", "GroupNormalization", "Add", "InputLayer"}
#: Layers that bring an input to a sane range, or take it as ids.
SCALERS = frozenset((
    "Normalization", "Rescaling", "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
    "Embedding", "CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "StringLookup", "IntegerLookup",
    "TextVectorization", "MelSpectrogram", "Log", "Log1p", "Log10", "Log2", "Tanh", "Sigmoid",
    "Lambda", "Multiply", "Subtract", "Divide", "TrueDivide",
))


#: Operations whose result may have any range.
OPAQUE = frozenset(("Lambda", "Multiply", "Subtract", "Divide", "TrueDivide", "UnitNormalization"))


def kind_of(operation: Any) -> str:
    """Class name without "1D", "2D", "3D"."""
    return re.sub(r"[123]D$", "", type(operation).__name__)


def is_overridden(model: Any, method: str) -> bool:
    """The user's class defines `method` itself."""
    owner = next((c for c in type(model).__mro__ if method in vars(c)), None)
    return owner is not None and not owner.__module__.startswith("keras.")


def unwrapped(operation: Any) -> Any:
    """The layer inside TimeDistributed and Bidirectional, which holds the settings."""
    if type(operation).__name__ in ("TimeDistributed", "Bidirectional"):
        return getattr(operation, "layer", None) or operation.forward_layer
    return operation


def is_activation(operation: Any) -> bool:
    """An activation and nothing else: a layer such as ReLU, or an operation such as `keras.ops.softmax`."""
    if type(operation).__name__ in ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"):
        return True
    return not hasattr(operation, "variables") and layer_activation(operation) is not None


def is_weighted(operation: Any) -> bool:
    """It has, or will have, weights that learn a map (not the scale of a normalisation)."""
    if "Normalization" in type(operation).__name__ or type(operation).__name__ == "PReLU":
        return False
    return bool(getattr(operation, "weights", ())) or hasattr(unwrapped(operation), "kernel_initializer")
