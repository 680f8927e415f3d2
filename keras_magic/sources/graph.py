"""The calls of a Keras model in the order of the forward pass: nested models unfolded, shared layers called several times.

Reads the nodes that Keras keeps for functional and Sequential models; a subclassed model has none, so its layers are listed in
the order in which they were assigned, without edges. Nothing is built or called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from keras_magic.keras_adapter.graph import functional_of, nodes
from keras_magic.keras_adapter.layers import sublayers

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Call:
    """One call of an operation.

    Args:
        operation: a Keras layer, or an operation such as `Softmax` from `keras.ops.softmax(tensor)`.
        name: its name, with the names of the models around it in front ("base/conv1").
        parents: indices of the calls that feed it; empty for inputs, and where the graph is unknown.
        input_shape, output_shape: of the first tensor, without the batch axis; None when unknown.
        owner: the subclassed model or custom layer that applies the operation in its `call`; None where the edges are known.
        within: name of the call of the custom layer around it, in a graph that is known otherwise.
    """

    operation: Any
    name: str
    parents: tuple[int, ...] = ()
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    owner: Any = None
    within: str | None = None


@dataclass(frozen=True)
class Graph:
    """Calls and the indices of those that end in an output; `known`: the edges are the true ones."""

    calls: tuple[Call, ...]
    outputs: tuple[int, ...]
    known: bool

    @cached_property
    def _fed(self) -> dict[int, list[int]]:
        fed: dict[int, list[int]] = defaultdict(list)
        for i, call in enumerate(self.calls):
            for parent in call.parents:
                fed[parent].append(i)
        return fed

    def consumers(self, index: int) -> list[int]:
        """Indices of the calls fed by call `index`."""
        return list(self._fed.get(index, ()))


def read_graph(model: Any) -> Graph:
    """The calls of `model`.

    Args:
        model: any `keras.Model`.
    """
    import keras

    functional = functional_of(model)
    calls: list[Call] = []
    if functional is not None:
        outputs = _unfold(functional, calls, "", {})
        return Graph(tuple(calls), tuple(outputs), True)
    if isinstance(model, keras.Sequential):
        _chain(model, calls, "")
        return Graph(tuple(calls), (len(calls) - 1,) if calls else (), True)
    calls.extend(_listed(model, ""))
    return Graph(tuple(calls), (), False)


def _unfold(functional: Any, calls: list[Call], prefix: str, feeds: dict[int, int]) -> list[int]:
    """Append the calls of a functional graph and return the indices that make its outputs; `feeds`: id of tensor -> call."""
    made = dict(feeds)
    for node in nodes(functional):
        if node.is_input and all(id(t) in made for t in node.outputs):
            continue  # the input of a nested model: fed from outside
        parents = tuple(dict.fromkeys(made[id(t)] for t in node.input_tensors if id(t) in made))
        inner = functional_of(node.operation)
        name = prefix + node.operation.name
        if inner is None:
            shape = _without_batch(node.input_tensors[0]) if node.input_tensors else None
            calls.append(Call(node.operation, name, parents, shape, _without_batch(node.outputs[0])))
            made.update({id(t): len(calls) - 1 for t in node.outputs})
            calls.extend(replace(c, within=name) for c in _listed(node.operation, name + "/"))
        else:
            inside = {id(t): made[id(s)] for t, s in zip(inner.inputs, node.input_tensors, strict=False) if id(s) in made}
            ends = _unfold(inner, calls, name + "/", inside)
            made.update(dict(zip(map(id, node.outputs), ends, strict=False)))
    return [made[id(t)] for t in functional.outputs if id(t) in made]


def _chain(model: Any, calls: list[Call], prefix: str) -> None:
    """A Sequential that is not built yet: a plain chain without shapes."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Sequential):
            _chain(layer, calls, f"{prefix}{layer.name}/")
        else:
            calls.append(Call(layer, prefix + layer.name, (len(calls) - 1,) if calls else ()))


def _listed(layer: Any, prefix: str) -> Iterator[Call]:
    """The layers inside a subclassed model or a layer of the user's own, as assigned; Keras' own layers count as one."""
    if type(layer).__module__.startswith("keras.") and not _is_model(layer):
        return
    for inner in sublayers(layer):
        functional = functional_of(inner)
        if functional is not None:
            calls: list[Call] = []
            _unfold(functional, calls, f"{prefix}{inner.name}/", {})
            yield from (Call(c.operation, c.name, (), c.input_shape, c.output_shape, inner) for c in calls)
            continue
        if not _is_model(inner):
            yield Call(inner, prefix + inner.name, owner=layer)
        yield from _listed(inner, f"{prefix}{inner.name}/")


def _is_model(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.Model)


def _without_batch(tensor: Any) -> Shape | None:
    shape = getattr(tensor, "shape", None)
    return None if shape is None else tuple(None if n is None else int(n) for n in shape[1:])
