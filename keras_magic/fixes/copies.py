"""Copies of subclassed models and custom layers, whose constructor's arguments nobody recorded: made attribute by attribute.

What the constructor made is known: layers are rebuilt from their own configuration, containers and variables are copied, and
everything is set on an object of the same class, so that Keras tracks it as ever. What `build` makes is left to `build`.
"""

from __future__ import annotations

import copy
import dis
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied
import numpy as np  # noqa: TID253

from keras_magic.errors import UnsupportedError
from keras_magic.keras_adapter import compiled
from keras_magic.keras_adapter.layers import own_variables

_BASES = (keras.Model.build, keras.Layer.build)
_SHARED = (
    str,
    bytes,
    int,
    float,
    complex,
    bool,
    type(None),
    np.ndarray,
    np.generic,
    type,
    types.ModuleType,
    types.BuiltinFunctionType,
)


class Own:
    """The variables that an object holds itself, outside of its layers, in the form of a layer."""

    built = trainable = True
    name = ""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    @property
    def weights(self) -> list[Any]:
        return own_variables(self.owner)

    trainable_weights = weights


class Copies:
    """Copies objects; what is met twice is copied once.

    Args:
        layer: makes a layer again from its configuration, and raises where it has none.
    """

    def __init__(self, layer: Callable[[Any], Any]) -> None:
        self.layer = layer
        self.pairs: list[tuple[Own, Own]] = []
        self._made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """The copy of a value; what holds no state of a network is shared.

        Raises:
            UnsupportedError: the copy would share weights with the original.
        """
        if id(value) not in self._made:
            made = self._make(value)
            self._made[id(value)] = made
        return self._made[id(value)]

    def object(self, old: Any) -> Any:
        """An object of the same class with copies of its attributes, not built yet."""
        kind: Any = type(old)
        new = kind.__new__(kind)
        self._made[id(old)] = new
        base = keras.Model if isinstance(old, keras.Model) else keras.Layer
        base.__init__(new, name=old.name, dtype=old.dtype_policy, trainable=old.trainable)  # type: ignore[misc]
        later = _set_by_build(old)
        for name, value in vars(old).items():
            if name in vars(new) or name in _reserved():
                continue
            if name not in later or not any(isinstance(part, (keras.Layer, keras.Variable)) for part in keras.tree.flatten(value)):
                setattr(new, name, self.of(value))
        self.pairs.append((Own(old), Own(new)))
        return new

    def _make(self, value: Any) -> Any:
        if isinstance(value, keras.Layer):
            return self._layer(value)
        if isinstance(value, keras.Variable):
            return keras.Variable(np.array(value), trainable=value.trainable, dtype=value.dtype, name=value.name)
        if isinstance(value, (keras.Metric, keras.random.SeedGenerator)):
            return type(value).from_config(value.get_config())
        if isinstance(value, Mapping):
            return {key: self.of(part) for key, part in value.items()}
        if isinstance(value, (list, tuple, set)):
            parts = [self.of(part) for part in value]
            return parts if isinstance(value, list) else set(parts) if isinstance(value, set) else _tuple_like(value, parts)
        if isinstance(value, types.MethodType):
            return types.MethodType(value.__func__, self.of(value.__self__))
        if isinstance(value, types.FunctionType):
            return _without_network(value)
        if isinstance(value, _SHARED) or keras.ops.is_tensor(value):
            return value
        return copy.deepcopy(value)

    def _layer(self, layer: Any) -> Any:
        if not has_config(layer):
            return self.object(layer)
        try:
            return self.layer(layer)
        except (NotImplementedError, TypeError):  # a configuration without the arguments
            return self.object(layer)


def has_config(layer: Any) -> bool:
    """True if `get_config` holds the constructor's arguments: of a subclassed model Keras records the defaults."""
    return not isinstance(layer, keras.Model) or not compiled.constructor_is_unknown(layer)


def _tuple_like(value: tuple[Any, ...], parts: list[Any]) -> Any:
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _without_network(function: types.FunctionType) -> types.FunctionType:
    """The function itself, unless it holds layers of the original in its closure."""
    for cell in function.__closure__ or ():
        if any(isinstance(part, (keras.Layer, keras.Variable)) for part in keras.tree.flatten(_content(cell))):
            raise UnsupportedError(f"the function {function.__name__!r} holds layers of the original")
    return function


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty
        return None


def _set_by_build(layer: Any) -> set[str]:
    """Names of the attributes that the class's own `build` assigns."""
    build = type(layer).build
    if build in _BASES or not hasattr(build, "__code__"):
        return set()
    return {step.argval for step in dis.get_instructions(build) if step.opname == "STORE_ATTR"}


@cache
def _reserved() -> frozenset[str]:
    """Attributes that Keras itself sets on a model in use."""

    class Bare(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    model = Bare()
    model.compile("sgd", "mse")
    model(np.zeros((1, 1), "float32"))
    model.flag = [1]  # with an attribute of its own, as any model has
    return frozenset({*vars(model), *compiled.ATTRIBUTES} - {"flag"})
