"""The nodes that Keras keeps of functional and Sequential models.

A node has public attributes: `operation`, `input_tensors`, `outputs`, `is_input`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from keras_magic.keras_adapter import private


@cache
def functional_class() -> Any:
    """The class of functional models, which Keras exports under no name."""
    import keras

    try:
        from keras.src.models.functional import Functional
    except ImportError:
        return next(kind for kind in keras.Model.__subclasses__() if kind.__name__ == "Functional")
    return Functional


def functional_of(model: Any) -> Any | None:
    """The functional graph inside a model or nested model, None when there is none (subclassed, not built)."""
    import keras

    if isinstance(model, keras.Sequential):
        return getattr(model, "_functional", None)
    return model if isinstance(model, functional_class()) and not _overrides_call(model) else None


def is_functional(model: Any) -> bool:
    """A functional model that can be made again from inputs and outputs: no `call` and no constructor of its own."""
    kind = functional_class()
    if not isinstance(model, kind) or _overrides_call(model):
        return False
    if type(model) is kind:
        return True
    try:
        from keras.src.models.functional import functional_like_constructor
    except ImportError:
        return type(model).__init__ is kind.__init__
    return bool(functional_like_constructor(type(model)))


def _overrides_call(model: Any) -> bool:
    return type(model).call is not functional_class().call


def nodes(functional: Any) -> Iterator[Any]:
    """The nodes of a functional model in the order of the forward pass.

    Raises:
        UnsupportedError: this Keras keeps them elsewhere.
    """
    by_depth = private(functional, "_nodes_by_depth", "the graph of a functional model is read from it")
    for depth in sorted(by_depth, reverse=True):
        yield from by_depth[depth]


def origin(tensor: Any) -> tuple[Any, Any]:
    """(operation that makes a symbolic tensor, its node); the node is None where Keras keeps none.

    Raises:
        UnsupportedError: this Keras keeps the origin elsewhere.
    """
    history = private(tensor, "_keras_history", "the graph of a functional model is followed with it")
    inbound = getattr(history.operation, "_inbound_nodes", None)
    return history.operation, inbound[history.node_index] if inbound else None


def first_node(operation: Any) -> Any:
    """The node of an operation's first call, None where it was never called on symbolic tensors."""
    return next(iter(getattr(operation, "_inbound_nodes", ())), None)


def fed_by(operation: Any) -> list[Any]:
    """The operations that take what this one makes."""
    return [node.operation for node in getattr(operation, "_outbound_nodes", ()) if node.operation is not None]


def input_structure(model: Any) -> Any:
    """The structure (dict, list, tensor) in which a functional model takes its inputs; None for other models."""
    return getattr(model, "_inputs_struct", None)


def output_structure(model: Any) -> Any:
    """The structure (dict, list, tensor) in which a functional model returns its outputs; None for other models."""
    return getattr(model, "_outputs_struct", None)


def run_through(functional: Any, inputs: Any, call: Callable[..., Any]) -> Any:
    """The outputs of a functional model whose operations are each called by `call(operation, *args, **kwargs)`.

    Raises:
        UnsupportedError: this Keras runs its graphs otherwise.
    """
    run = private(functional, "_run_through_graph", "functional models are copied with it")
    return run(inputs, operation_fn=lambda operation: operation, call_fn=call)  # operation_fn: required before Keras 3.14
