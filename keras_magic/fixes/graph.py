"""Reading a model for the fixes: its heads, its hidden layers, what follows what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied

from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.keras_adapter.graph import fed_by, input_structure, is_functional, origin
from keras_magic.keras_adapter.layers import sublayers

layers = keras.layers

PASSIVE = (  # layers that a head may end in without having weights of their own
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.Softmax,
    layers.Dropout,
    layers.Reshape,
    layers.Flatten,
    layers.Identity,
)
ACTIVATIONS = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax)
LOOKUPS = ("Embedding", "StringLookup", "IntegerLookup", "Hashing", "TextVectorization", "CategoryEncoding", "Discretization")


def is_model(layer: Any) -> bool:
    """A Sequential or functional model, whose layers can be walked and rebuilt."""
    return isinstance(layer, keras.Sequential) or is_functional(layer)


def is_own(layer: Any) -> bool:
    """A custom layer or subclassed model that holds other layers, which its `call` applies."""
    return not (is_model(layer) or type(layer).__module__.startswith("keras.")) and bool(sublayers(layer))


def inside(holder: Any) -> list[Any]:
    """The layers of a model, or those that a layer of the user's own was given, in the order of their assignment."""
    return list(holder.layers if isinstance(holder, keras.Model) else sublayers(holder))


def holders(model: Any) -> Iterator[Any]:
    """The model and all that holds layers in it: nested models and layers of the user's own."""
    yield model
    for layer in inside(model):
        if is_model(layer) or is_own(layer):
            yield from holders(layer)


def id_inputs(model: Any) -> set[int]:
    """Indexes of the inputs whose numbers are ids: they feed an embedding or a lookup, or are integers by declaration."""
    found = set()
    for index, tensor in enumerate(getattr(model, "inputs", None) or []):
        takes = {type(operation).__name__ for operation in fed_by(origin(tensor)[0])}
        if takes & set(LOOKUPS) or (str(tensor.dtype).startswith("int") and not takes & {"Rescaling", "Normalization"}):
            found.add(index)
    return found


def input_names(model: Any) -> list[str]:
    """Names of the inputs in their order, as far as they are known."""
    return [t.name for t in getattr(model, "inputs", None) or []]


def input_indexes(model: Any, names: Sequence[str]) -> list[int]:
    """For each array of x, by the names of their paths, the index of the model's input that it feeds.

    Arrays in a dict feed the inputs of their keys, wherever these stand among `model.inputs`.
    """
    keys, inputs = [name.split("/")[-1] for name in names], list(getattr(model, "inputs", None) or [])
    structure = input_structure(model)
    feeds = {key: t.name for key, t in structure.items() if hasattr(t, "name")} if isinstance(structure, Mapping) else {}
    known = [t.name for t in inputs]
    fed = [feeds.get(key, key) for key in keys]
    return [known.index(name) for name in fed] if len(set(fed)) == len(fed) and set(fed) <= set(known) else list(range(len(names)))


def scalers(model: Any, indexes: Iterable[int]) -> set[int]:
    """Ids of the layers that scale one of these inputs inside the model."""
    found = set()
    for index in indexes:
        for operation in fed_by(origin(model.inputs[index])[0]):
            if isinstance(operation, (layers.Rescaling, layers.Normalization)):
                found.add(id(operation))
    return found


def weighted_layers(model: Any) -> list[Any]:
    """Layers with a kernel of units or filters, in order; what holds layers is walked, wrappers stand for what they wrap."""
    found: list[Any] = []
    for layer in inside(model):
        if is_model(layer) or is_own(layer):
            found += weighted_layers(layer)
        elif width_of(layer) is not None:
            found.append(layer)
    return list({id(layer): layer for layer in found}.values())


def width_of(layer: Any) -> int | None:
    """Units or filters of a layer or of the one it wraps."""
    for owner in (layer, getattr(layer, "layer", None), getattr(layer, "forward_layer", None)):
        value = getattr(owner, "units", None) or getattr(owner, "filters", None)
        if isinstance(value, int):
            return value
    return None


def tail(model: Any, output: str | None = None) -> list[Any]:
    """The layers that end in an output, from the last back to the first one with a width."""
    if not is_model(model):
        return _named_last(model)
    if isinstance(model, keras.Sequential):
        return _until_weights(reversed(model.layers))
    names = list(model.output_names)
    if output is not None and output not in names:
        raise UsageError(f"the model has no output {output!r}; it has {', '.join(map(repr, names))}")
    return _until_weights(backwards(model.outputs[names.index(output) if output else 0]))


def backwards(tensor: Any) -> Iterator[Any]:
    """Operations that lead to a tensor, last first, as long as each has one input."""
    while True:
        operation, node = origin(tensor)
        yield operation
        if node is None or len(node.input_tensors) != 1:
            return
        tensor = node.input_tensors[0]


def _named_last(model: Any) -> list[Any]:
    """The last custom layer, as far as it can be determined: most name it last."""
    found = weighted_layers(model)[-1:]
    if not found:
        raise UnsupportedError(f"{type(model).__name__} is a subclassed model: change its last layer in your code, see .code")
    return found


def _until_weights(chain: Any) -> list[Any]:
    found: list[Any] = []
    for layer in chain:
        if is_model(layer):
            return found + tail(layer)
        found.append(layer)
        if width_of(layer) is not None:
            return found
    return found


def tails(model: Any) -> list[Any]:
    """All layers on the way from the last weights to any output."""
    if isinstance(model, keras.Sequential):
        return tail(model)
    if not is_functional(model):
        return _named_last(model)
    return [layer for name in model.output_names for layer in tail(model, name)]


def ids(some: Sequence[Any]) -> set[int]:
    return {id(layer) for layer in some}


def chosen(names: Sequence[str] | None) -> Callable[[Any], bool]:
    """Whether a layer is among those named; names of nested layers may be written with a path."""
    if names is None:
        return lambda layer: True
    wanted = {part for name in names for part in (name, name.split("/")[-1])}
    return lambda layer: layer.name in wanted


def activation_after(model: Any) -> dict[int, Any]:
    """Id of each layer whose activation is a layer of its own after it -> that layer (normalisation may stand between)."""
    pairs = [pair for holder in holders(model) for pair in _neighbours(holder)]
    return {id(first): second for first, second in pairs if isinstance(second, ACTIVATIONS)}


def _neighbours(holder: Any) -> list[tuple[Any, Any]]:
    """(layer, the next one after it, normalisation skipped) along the graph; of subclassed models in the order of assignment."""
    between = (layers.BatchNormalization, layers.LayerNormalization)
    if not is_functional(holder):
        return list(itertools.pairwise(layer for layer in inside(holder) if not isinstance(layer, between)))
    pairs = []
    for layer in holder.layers:
        queue = fed_by(layer)
        while queue:
            operation = queue.pop()
            if isinstance(operation, between):
                queue += fed_by(operation)
            else:
                pairs.append((layer, operation))
    return pairs


def hidden(model: Any, kinds: tuple[type, ...]) -> list[Any]:
    ends = ids(tails(model))
    return [layer for layer in weighted_layers(model) if isinstance(layer, kinds) and id(layer) not in ends]


def after_head(model: Any) -> list[Any]:
    """BatchNormalization layers between the last weights and the output."""
    if not isinstance(model, keras.Sequential):
        chains = [backwards(tensor) for tensor in getattr(model, "outputs", [])]
    else:
        chains = [iter(reversed(model.layers))]
    found = []
    for chain in chains:
        for layer in chain:
            if isinstance(layer, layers.BatchNormalization):
                found.append(layer)
            elif width_of(layer) is not None or not isinstance(layer, PASSIVE):
                break
    return found
