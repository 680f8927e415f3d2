"""Names for layers: nested models are walked, names joined by "/"; and what a layer's activation is called."""

from __future__ import annotations

from typing import Any

import keras

from keras_magic.keras_adapter.layers import flattened

# these pass values on: nothing new can be learned from what they put out
_PASSING = (".layers.reshaping.", ".layers.pooling.", ".layers.regularization.", ".layers.core.input_layer", ".layers.core.masking")
_BY_CLASS = {"ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu"}


def named_layers(model: Any) -> dict[str, Any]:
    """Layers in the order of the model's definition: path -> layer; each layer once, under its first path.

    Models inside the model are walked, and layers of the user's own too (these are listed themselves as well, before what they
    are built of); Keras' own layers count as one.
    """
    found: dict[str, Any] = {}
    seen: set[int] = {id(model)}

    def walk(parent: Any, prefix: str) -> None:
        for layer in flattened(parent, recursive=False):
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            is_model = isinstance(layer, keras.Model)
            if not is_model:
                found[_free(f"{prefix}{layer.name}", found)] = layer
            if is_model or not type(layer).__module__.startswith("keras."):
                walk(layer, f"{prefix}{layer.name}/")

    walk(model, "")
    return found


def idle_statistics(model: Any) -> tuple[str, ...]:
    """BatchNormalization layers that are not frozen and whose moving averages are still exactly as they are made: 0 and 1."""

    def idle(layer: Any) -> bool:
        if not isinstance(layer, keras.layers.BatchNormalization) or not layer.built or not layer.trainable:
            return False
        mean, variance = (keras.ops.convert_to_numpy(v) for v in (layer.moving_mean, layer.moving_variance))
        return bool((mean == 0).all() and (variance == 1).all())

    return tuple(name for name, layer in named_layers(model).items() if idle(layer))


def _free(name: str, taken: dict[str, Any]) -> str:
    """`name`, or `name#2` where two layers of a subclassed model carry the same one."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free


def operations(model: Any) -> dict[str, Any]:
    """Plain operations (`keras.ops.log(x)` in a functional model): they have no weights, but a NaN may start in them."""
    found = {}
    for operation in getattr(model, "operations", ()):
        if not isinstance(operation, keras.layers.Layer):
            found[operation.name] = operation
    return found


def passes_on(layer: Any) -> bool:
    """True for layers that only move, drop or pool values."""
    return any(part in f"{type(layer).__module__}" + "." for part in _PASSING)


def activation_name(layer: Any) -> str | None:
    """Keras' name of the layer's activation, None where it has none."""
    if (name := _BY_CLASS.get(type(layer).__name__)) is not None:
        return name
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", None) or (None if activation is None else type(activation).__name__.lower())
