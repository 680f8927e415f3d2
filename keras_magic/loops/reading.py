"""Read what passes a recorder: leaves, variables, graphs and the results of a step. Nothing is kept and nothing changed."""

from __future__ import annotations

import functools
import inspect
import zlib
from collections.abc import Iterable
from typing import Any

from keras_magic.keras_adapter.compiled import in_stateless_scope
from keras_magic.loops import weights
from keras_magic.loops.logs import shape_of

Args = tuple[Any, ...]
Kwargs = dict[str, Any]


def runs_eagerly() -> bool:
    import keras

    if keras.backend.backend() == "jax":
        from keras_magic.keras_adapter.jax_functions import outside_of_traces

        return outside_of_traces()
    if keras.backend.backend() != "tensorflow":
        return True
    import tensorflow as tf

    return bool(tf.executing_eagerly())


def argument_places(rows: tuple[int, Any, Any, Any] | None) -> tuple[int, int, int, Any] | None:
    """Where the inputs and targets of a traced step stand among the tensors that it was given; None where they are not these."""
    if rows is None:
        return None
    key, x, y, loss = rows
    found = places_of((x, y), getattr(x, "graph", None))
    return (key, found[0], found[1], loss) if len(found) == 2 else None


def places_of(tensors: Iterable[Any], graph: Any) -> list[int]:
    """Where these tensors stand among those that the traced function was given; those that are none of them are left out."""
    names = [tensor.name for tensor in getattr(graph, "inputs", ())]
    return [names.index(t.name) for t in tensors if getattr(t, "name", None) in names]


def root_graph() -> Any:
    """The graph of the outermost `tf.function` that is being traced (branches and loops have graphs inside it)."""
    import tensorflow as tf

    graph = tf.compat.v1.get_default_graph()
    while (outer := getattr(graph, "outer_graph", None)) is not None and getattr(outer, "outer_graph", None) is not None:
        graph = outer
    return graph


def is_symbolic(args: Args, kwargs: Kwargs) -> bool:
    """A call that builds a functional model, or asks for shapes."""
    import keras

    return in_stateless_scope() or any(isinstance(leaf, keras.KerasTensor) for leaf in leaves_of((args[1:], kwargs)))


def runs_in_training(model: Any, args: Args, kwargs: Kwargs) -> bool:
    """Whether a call outside of `fit` ran in training mode: by its argument, else by the default of the model's `call`."""
    given = kwargs.get("training")
    if given is None:
        place, default = _training_parameter(getattr(model.call, "__func__", model.call), inspect.ismethod(model.call))
        given = args[place] if place is not None and place < len(args) else default
    return bool(given) if isinstance(given, (bool, int)) or given is None else True


@functools.lru_cache(maxsize=64)
def _training_parameter(function: Any, bound: bool) -> tuple[int | None, Any]:
    """Place and default of the argument `training` of a model's `call`; None and None where it has none."""
    try:
        names = list(parameters := inspect.signature(function).parameters)[bound:]
    except (TypeError, ValueError):
        return None, None
    if "training" not in names:
        return None, None
    default = parameters["training"].default
    return names.index("training"), None if default is inspect.Parameter.empty else default


def leaves_of(thing: Any) -> list[Any]:
    """The leaves of a structure; Nones inside keep their place: gradients belong to sources by it."""
    from keras import tree

    return [] if thing is None else list(tree.flatten(thing))


def tensors_of(thing: Any) -> list[Any]:
    return [leaf for leaf in leaves_of(thing) if hasattr(leaf, "shape") and hasattr(leaf, "dtype")]


def is_variable(thing: Any) -> bool:
    return hasattr(thing, "assign") and hasattr(thing, "trainable")


def iterations_of(optimizer: Any) -> int:
    with weights.lifted():
        value = weights.values(getattr(optimizer, "iterations", None))
    return 0 if value is None else int(value)


def traces_of(function: Any) -> int:
    count = getattr(function, "experimental_get_tracing_count", None)
    return int(count()) if count is not None else 0


def scalars_of(result: Any) -> dict[int, float]:
    """Single numbers among what a function returned: position -> value."""
    found = {}
    for place, leaf in enumerate(leaf for leaf in leaves_of(result) if leaf is not None):
        if shape_of(leaf) == () and str(getattr(leaf, "dtype", "")).find("float") >= 0:
            array = weights.values(leaf)
            if array is not None:
                found[place] = float(array)
    return found


def place_of(target: Any, result: Any) -> int | None:
    """Where a tensor of a traced function stands in what the function returned."""
    outputs = getattr(getattr(target, "graph", None), "outputs", ())
    for place, output in enumerate(outputs):
        tensor = output
        while tensor.name != target.name and tensor.op.type == "Identity":
            tensor = tensor.op.inputs[0]
        if tensor.name == target.name:
            return place
    return None


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def mark_of(tensor: Any) -> int:
    """The same number for the same values (two slices of one array are two objects); of a graph's tensor its identity."""
    array = weights.values(tensor)
    return id(tensor) if array is None else zlib.crc32(array.tobytes())


def varied(tensor: Any) -> bool:
    """It has rows, and they differ."""
    array = weights.values(tensor)
    return array is not None and array.ndim > 1 and bool((array != array[:1]).any())
