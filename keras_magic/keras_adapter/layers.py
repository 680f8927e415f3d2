"""What Keras tracks in a layer or model: the layers and variables inside it, its own `trainable` flag, its build."""

from __future__ import annotations

import inspect
from typing import Any


def flattened(layer: Any, *, recursive: bool = True) -> list[Any]:
    """The layers inside a layer or model, each once, in Keras' order; without itself.

    Args:
        recursive: also those inside these, at any depth.
    """
    if hasattr(layer, "_flatten_layers"):
        return list(layer._flatten_layers(include_self=False, recursive=recursive))
    found: dict[int, Any] = {}
    for inner in sublayers(layer):
        found.setdefault(id(inner), inner)
        if recursive:
            found = {**{id(part): part for part in flattened(inner)}, **found}
    return list(found.values())


def sublayers(layer: Any) -> list[Any]:
    """The layers that a layer or model was given, in the order of assignment; of a Sequential its InputLayer first.

    Without Keras' list: those among its attributes.
    """
    tracked = getattr(layer, "_layers", None)
    if tracked is not None:
        return list(tracked)
    import keras

    values = keras.tree.flatten(list(vars(layer).values())) if hasattr(layer, "__dict__") else []
    return list({id(value): value for value in values if isinstance(value, keras.Layer)}.values())


def own_flag(layer: Any) -> bool:
    """The layer's own `trainable`, whatever the layers inside it say."""
    return bool(getattr(layer, "_trainable", layer.trainable))


def set_own_flag(layer: Any, value: bool) -> None:
    """Set the layer's own `trainable` and leave the layers inside it as they are."""
    if hasattr(layer, "_trainable"):
        layer._trainable = value
    else:
        flags = [(inner, inner.trainable) for inner in flattened(layer)]
        layer.trainable = value
        for inner, flag in flags:
            inner.trainable = flag


def own_variables(layer: Any, *, trainable_only: bool = False) -> list[Any]:
    """The variables that a layer or model holds itself, outside of the layers inside it."""
    if hasattr(layer, "_trainable_variables") and hasattr(layer, "_non_trainable_variables"):
        return [*layer._trainable_variables, *([] if trainable_only else layer._non_trainable_variables)]
    inner = {id(v) for part in flattened(layer) for v in part.variables}
    return [v for v in layer.variables if id(v) not in inner and (v.trainable or not trainable_only)]


def takes_training(model: Any) -> bool:
    """Whether its `call` has a `training` argument."""
    known = getattr(model, "_call_has_training_arg", None)
    return "training" in inspect.signature(model.call).parameters if known is None else bool(known)


def build_shapes(model: Any) -> dict[str, Any]:
    """The shapes that `build` was given, by argument; empty where Keras keeps none."""
    return dict(getattr(model, "_build_shapes_dict", None) or {})


def lambda_output_shape(layer: Any) -> Any:
    """`output_shape` as a Lambda layer was given it, None where it was not."""
    return getattr(layer, "_output_shape", None)


def backend_value(variable: Any) -> Any:
    """The backend's variable inside a Keras variable, None where Keras keeps it elsewhere."""
    return getattr(variable, "_value", None)


def set_backend_value(variable: Any, value: Any) -> None:
    """Let a Keras variable hold this value of the backend's itself, without a copy or a look at the one that it held."""
    variable._value = value
