"""A model's outputs: the layer and activation that each ends in, its range, its loss and metrics."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keras_magic.facts import HeadFacts
from keras_magic.keras_adapter import compiled as keras_compiled
from keras_magic.keras_adapter.graph import output_structure
from keras_magic.sources import compiled
from keras_magic.sources.activations import activation_range, layer_activation
from keras_magic.sources.graph import Call, Graph
from keras_magic.sources.operations import CARRIERS, OPAQUE, Range, is_activation, is_overridden, is_weighted, kind_of, unwrapped


@dataclass(frozen=True)
class _End:
    """What comes out of a call: the last activation, the range, and the last layer with weights on the way."""

    activation: str | None
    range: Range
    layer: Call | None


def _ends(graph: Graph) -> list[_End]:
    """What comes out of each call; parents stand before their consumers."""
    ends: list[_End] = []
    for call in graph.calls:
        ends.append(_end(call, [ends[p] for p in call.parents]))
    return ends


def _end(call: Call, parents: list[_End]) -> _End:
    operation, kind = call.operation, kind_of(call.operation)
    layer = call if is_weighted(operation) else next((p.layer for p in parents if p.layer), None)
    if kind == "InputLayer":
        return _End("linear", (None, None), None)
    if kind in CARRIERS:
        same = {(p.activation, p.range) for p in parents}
        return _End(*same.pop(), layer) if len(same) == 1 else _End(None, (None, None), layer)
    if kind == "Rescaling":
        return _rescaled(operation, parents, layer)
    if kind == "Add":
        plain = all(p.activation == "linear" for p in parents)
        return _End("linear" if plain else None, (None, None), layer)
    if kind in OPAQUE or not (parents or is_weighted(operation)):
        return _End(None, (None, None), layer)
    activation = layer_activation(operation)
    if activation == "linear" and is_activation(operation) and parents:
        return parents[0]
    return _End(activation, activation_range(unwrapped(operation), activation), layer)


def _rescaled(operation: Any, parents: list[_End], layer: Call | None) -> _End:
    """Rescaling moves the range; a linear head stays linear."""
    scale, offset = operation.scale, operation.offset
    if not parents or not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)):
        return _End(None, (None, None), layer)
    ends = [None if v is None else v * scale + offset for v in parents[0].range]
    low, high = ends if scale >= 0 else ends[::-1]
    return _End("linear" if parents[0].activation == "linear" else None, (low, high), layer)


def heads_of(model: Any, graph: Graph) -> Iterator[HeadFacts]:
    names, keys, ends = _outputs(model, graph)
    is_compiled = bool(getattr(model, "compiled", False))
    own, own_weighted = keras_compiled.metrics_in_use(model) if is_compiled else (None, None)
    losses = compiled.split_by_output(model.loss if is_compiled else None, names, keys)
    plain = compiled.split_metrics(own, names, keys)
    weighted = compiled.split_metrics(own_weighted, names, keys)
    own_step = len(names) == 1 and losses == [None] and is_overridden(model, "train_step")
    for name, (end, shape), loss, metrics in zip(names, ends, losses, map(list.__add__, plain, weighted), strict=True):
        logits, options = compiled.loss_settings(loss)
        metric_names, metric_options = compiled.metric_names(metrics)
        units = shape[-1] if shape else (getattr(unwrapped(end.layer.operation), "units", None) if end.layer else None)
        yield HeadFacts(
            name=name,
            layer=end.layer.name if end.layer else None,
            shape=shape or (),
            units=units,
            activation=end.activation,
            range=end.range,
            loss=compiled.loss_name(loss),
            from_logits=logits,
            loss_options=options,
            metrics=metric_names,
            metric_options=metric_options,
            step_loss=compiled.step_loss(model) if own_step else None,
            certain=graph.known or end.layer is not None,
        )


def _outputs(model: Any, graph: Graph) -> tuple[list[str], list[Any], list[tuple[_End, Any]]]:
    """Names, dict keys and (end, shape) per output."""
    if not graph.known:
        end = _guessed_end(model, graph)
        shape = end.layer.output_shape if end.layer else None
        names = list(_loss_keys(model)) or ["output"]
        return names, names, [(end if len(names) == 1 else _End(None, (None, None), None), shape)] * len(names)
    every = _ends(graph)
    ends = [(every[i], graph.calls[i].output_shape) for i in graph.outputs]
    names = list(getattr(model, "output_names", None) or ([graph.calls[graph.outputs[-1]].name] if graph.outputs else []))
    names = names if len(names) == len(ends) else [f"output_{i}" for i in range(len(ends))]
    structure = output_structure(model)
    keys = list(_dict_keys(structure)) if isinstance(structure, Mapping) and len(structure) == len(names) else names
    return names, keys, ends


def _dict_keys(structure: Mapping[Any, Any]) -> Iterator[Any]:
    """Keys in the order in which Keras flattens a dict (sorted)."""
    yield from sorted(structure)


def _loss_keys(model: Any) -> Iterator[str]:
    loss = getattr(model, "loss", None)
    if isinstance(loss, Mapping):
        yield from map(str, loss)
    elif isinstance(loss, (list, tuple)) and len(loss) > 1:
        yield from (f"output_{i}" for i in range(len(loss)))


def _guessed_end(model: Any, graph: Graph) -> _End:
    """The head of a subclassed model: the layer that `call` returns, as far as its source says, else unknown."""
    returned = _returned_layer(model)
    for call in graph.calls:
        if call.operation is returned:
            activation = layer_activation(returned)
            return _End(activation, activation_range(unwrapped(returned), activation), call)
    return _End(None, (None, None), None)


def _returned_layer(model: Any) -> Any | None:
    """`self.head` for a `call` that ends in `return self.head(...)`, directly or by way of a variable."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(type(model).call)))
    except (OSError, TypeError, SyntaxError):
        return None
    function = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)), None)
    returns = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    if function is None or not function.args.args or len(returns) != 1:
        return None
    value = returns[0]
    if isinstance(value, ast.Name):
        value = _last_assigned(tree, value.id)
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Name)):
        return None
    if value.func.value.id != function.args.args[0].arg:
        return None
    layer = getattr(model, value.func.attr, None)
    inner = getattr(layer, "layers", None)
    return inner[-1] if inner else layer


def _last_assigned(tree: ast.AST, name: str) -> ast.expr | None:
    """What was last assigned to a variable, in the order of the source."""
    found = [
        n for n in ast.walk(tree) if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
    ]
    return max(found, key=lambda n: n.lineno).value if found else None
