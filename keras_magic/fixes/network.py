"""The code that makes the repaired model: written out for a plain stack of built-in layers, else made again from the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import keras  # noqa: TID253 - this module is imported only when code is written for a run

from keras_magic.errors import UnsupportedError
from keras_magic.fixes import graph, source
from keras_magic.fixes.copies import has_config
from keras_magic.keras_adapter.graph import fed_by, first_node, input_structure, origin
from keras_magic.keras_adapter.layers import flattened, sublayers
from keras_magic.names import Names
from keras_magic.run import Run


def model_code(original: Run, run: Run) -> str:
    """Code that makes the repaired model with fresh weights under the user's name."""
    name = Names(original.names).model
    if not graph.is_model(original.model):
        return f"{name} = type({name}).from_config({name}.get_config())   # fresh weights"
    text = _stack(run.model, name) if not _kept(original, run) else None
    return text or _made_again(original, run, name)


def by_hand(original: Run, run: Run, name: str) -> list[str]:
    """What only the user can do, as comments: changes inside their own classes, building a model without configuration."""
    old, new = original.model, run.model
    if graph.is_model(old):
        lines = _inside(old, new)
        needed = bool(lines)
    else:
        lines = [f"#     {part.name!r} with {settings}" for part, settings in _changed_parts(old, new)]
        lines = [f"# in the code of {type(old).__name__}:", *lines] if lines else []
        needed = bool(lines) or not has_config(old)
    if not needed:
        return []
    return [*lines, f"# build {name} again with your own code, so that it starts from new weights, and then:"]


def _inside(old: Any, new: Any) -> list[str]:
    """What to change in the code of the user's own layers, which make the parts that a fix changed."""
    lines: dict[str, None] = {}
    now = _layers(new)
    for key, layer in _layers(old).items():
        if not graph.is_own(layer) or key not in now:
            continue
        attributes = {id(value): f"self.{attribute}" for attribute, value in vars(layer).items()}
        for part, settings in _changed_parts(layer, now[key]):
            lines[f"# in the code of {type(layer).__name__}: {attributes.get(id(part), repr(part.name))} with {settings}"] = None
    return [*lines]


def _changed_parts(old: Any, new: Any) -> Iterator[tuple[Any, str]]:
    """(layer inside, its new settings in words) for each that a fix changed."""
    for a, b in zip(*(flattened(holder) for holder in (old, new)), strict=True):
        if diff := _changes(a, b):
            yield a, ", ".join(f"{key}={short(value)}" for key, value in diff.items())


def _stack(model: Any, name: str) -> str | None:
    """A Sequential model of built-in layers, written out; None for other models."""
    if type(model) is not keras.Sequential or any(isinstance(layer, keras.Model) for layer in model.layers):
        return None
    lines = [source.layer_source(layer) for layer in model.layers]
    if None in lines or any(hasattr(layer, "adapt") and layer.weights and not _says_all(layer) for layer in model.layers):
        return None
    first = sublayers(model)[0]
    if isinstance(first, keras.layers.InputLayer):
        dtype = "" if first.dtype == keras.config.floatx() else f", dtype={first.dtype!r}"
        lines.insert(0, f"keras.Input({first.batch_shape[1:]!r}{dtype})")
    inside = "\n".join(f"    {line}," for line in _shortened(lines))
    return f"{name} = keras.Sequential([\n{inside}\n])"


def _shortened(lines: Sequence[str | None], least: int = 4) -> Iterator[str | None]:
    """Many equal layers in a row as one line."""
    for line, run in groupby(lines):
        count = len(list(run))
        yield from [f"*({line} for _ in range({count}))"] if count >= least else [line] * count


def _says_all(layer: Any) -> bool:
    """The statistics of a Normalization are given as arguments."""
    return getattr(layer, "input_mean", None) is not None


def _made_again(original: Run, run: Run, name: str) -> str:
    """The user's model through `clone_model`, or its layers one by one, with what is to change."""
    old, new = _layers(original.model), _layers(run.model)
    changes = {key: diff for key, layer in new.items() if key in old and (diff := _changes(old[key], layer))}
    kept = sorted(_kept(original, run))
    keys = _Keys(original.model, name)
    lines = []
    if changes:
        lines.append(f"changes = {_pretty(changes, keys)}")
    if kept:
        lines.append(f"kept = {keys.listed(kept)}   # frozen or adapted: they keep what they know")
    thawed = _thawed(run, name, kept)
    lines += [*([f"learns = {keys.listed(thawed)}"] if thawed else []), _renewed(bool(changes), bool(kept))]
    direct = {layer.name for layer in original.model.layers}
    if isinstance(original.model, keras.Sequential) and {*changes, *kept} <= direct:
        lines.append(_listed(original, run, name, old))
    else:
        lines.append(_cloned(original, run, name, changes, keys))
    return "\n\n".join([*lines, *([_THAW.format(name)] if thawed else [])])


_THAW = """for layer in {}.layers:
    for part in (layer, *getattr(layer, "layers", ())):
        if part.name in learns:
            part.trainable = True"""


class _Keys:
    """Expressions of the names of layers: a name that Keras counted is another one once the user's cell runs again."""

    def __init__(self, model: Any, name: str) -> None:
        self._paths = dict(self._walk(model, name))
        self._paths |= {tensor.name: f"{name}.inputs[{i}]" for i, tensor in enumerate(getattr(model, "inputs", None) or [])}

    def _walk(self, model: Any, path: str) -> Iterator[tuple[str, str]]:
        for index, layer in enumerate(model.layers):
            inside = f"{path}.layers[{index}]"
            if source.is_automatic(type(layer), layer.name):
                yield layer.name, inside
            if isinstance(layer, keras.Model) and graph.is_model(layer):
                yield from self._walk(layer, inside)

    def layer(self, name: str) -> str | None:
        """The expression of a layer, None where it has a name of the user's own."""
        return self._paths.get(name)

    def __call__(self, name: str) -> str:
        return f"{self._paths[name]}.name" if name in self._paths else repr(name)

    def listed(self, names: Sequence[str]) -> str:
        return f"[{', '.join(map(self, names))}]"


def _renewed(changes: bool, kept: bool) -> str:
    config = "{**layer.get_config(), **changes.get(layer.name, {})}" if changes else "layer.get_config()"
    keep = "    if layer.name in kept:\n        return layer\n" if kept else ""
    return f'def renewed(layer):\n    """The layer with fresh weights."""\n{keep}    return type(layer).from_config({config})\n'


def _listed(original: Run, run: Run, name: str, old: Mapping[str, Any]) -> str:
    """A Sequential model from its layers: those of the user's by name, new ones written out."""
    first, keys = sublayers(run.model)[0], _Keys(original.model, name)
    parts = []
    if isinstance(first, keras.layers.InputLayer):
        dtype = "" if first.dtype == keras.config.floatx() else f", dtype={first.dtype!r}"
        parts.append(f"keras.Input({first.batch_shape[1:]!r}{dtype})")
    for layer in run.model.layers:
        known = keys.layer(layer.name) or f"{name}.get_layer({layer.name!r})"
        parts.append(f"renewed({known})" if layer.name in old else _written(layer))
    inside = "\n".join(f"    {part}," for part in parts)
    return f"{name} = keras.Sequential([\n{inside}\n])"


def _cloned(original: Run, run: Run, name: str, changes: Mapping[str, Any], keys: _Keys) -> str:
    """A functional model through its graph; `called` puts in what is new and leaves out what is dropped."""
    old, new = _layers(original.model), _layers(run.model)
    front: Additions = {}
    before: Additions = {}
    after: Additions = {}
    if isinstance(original.model, keras.Sequential):
        if set(new) - set(old):
            raise UnsupportedError("layers are added to a Sequential model that nests changed ones")
    else:
        front, (before, after) = _fronts(run.model, set(old)), _additions(run.model, set(old))
    dropped = sorted(key for key in old if key not in new)
    lines, arguments = [], ["clone_function=renewed"]
    if front or before or after or dropped:
        lines.append(_called(front, before, after, dropped, keys))
        arguments.append("call_function=called")
    if _nests(original.model):
        arguments.append("recursive=True")
    shapes = [tuple(tensor.shape) for tensor in run.model.inputs]
    if shapes != [tuple(tensor.shape) for tensor in original.model.inputs]:
        inputs = [_input(tensor) for tensor in run.model.inputs]
        structure = keras.tree.pack_sequence_as(input_structure(run.model), inputs)
        arguments.append(f"input_tensors={_unquoted(structure)}")
    lines.append(f"{name} = keras.models.clone_model({name}, {', '.join(arguments)})")
    return "\n".join(lines)


Additions = dict[str, list[str]]


def _input(tensor: Any) -> str:
    """An input with what differs from Keras' defaults."""
    dtype = "" if tensor.dtype == keras.config.floatx() else f", dtype={tensor.dtype!r}"
    name = "" if re.fullmatch(r"keras_tensor(_\d+)?", tensor.name) else f", name={tensor.name!r}"
    return f"keras.Input({tuple(tensor.shape[1:])!r}{dtype}{name})"


def _called(front: Additions, before: Additions, after: Additions, dropped: Sequence[str], keys: _Keys) -> str:
    """The function that calls the layers of the graph, and the new ones beside them."""

    def table(of: Additions) -> str:
        return "{" + ", ".join(f"{keys(key)}: [{', '.join(made)}]" for key, made in of.items()) + "}"

    named = {"front": front, "before": before, "after": after}
    lines = [f"{name} = {table(of)}" for name, of in named.items() if of]
    if front:
        lines += ["", "def prepared(tensor):", '    """What comes from an input, through the new layers after it."""']
        lines += [
            "    for new in front.get(getattr(tensor, 'name', None), ()):",
            "        tensor = new(tensor)",
            "    return tensor",
        ]
    lines += ["", "def called(layer, *inputs, **keywords):", '    """Call a layer of the graph, and the new ones beside it."""']
    if front:
        lines += ["    inputs = keras.tree.map_structure(prepared, inputs)"]
    if before:
        lines += ["    for new in before.get(layer.name, ()):", "        inputs = (new(inputs[0]), *inputs[1:])"]
    if dropped:
        lines.insert(0, f"dropped = {keys.listed(dropped)}")
        lines += ["    outputs = inputs[0] if layer.name in dropped else layer(*inputs, **keywords)"]
    else:
        lines += ["    outputs = layer(*inputs, **keywords)"]
    if after:
        lines += ["    for new in after.get(layer.name, ()):", "        outputs = new(outputs)"]
    return "\n".join([*lines, "    return outputs", ""])


def _fronts(model: Any, known: set[str]) -> Additions:
    """Input -> the new layers right after it."""
    found: Additions = {}
    for tensor in model.inputs:
        behind = fed_by(origin(tensor)[0])
        chain: list[str] = []
        while behind and behind[0].name not in known:
            chain.append(_written(behind[0]))
            behind = fed_by(behind[0])
        found |= {tensor.name: chain} if chain else {}
    return found


def _additions(model: Any, known: set[str]) -> tuple[Additions, Additions]:
    """New layers before known ones (by their first input) and, where an output comes out of them, after known ones."""
    before: Additions = {}
    after: Additions = {}
    seen: set[str] = set()
    for operation in _operations(model):
        if operation.name not in known:
            continue
        node = first_node(operation)
        chain, start = _new_behind(node.input_tensors[0], known) if node and node.input_tensors else ([], None)
        if chain and start in known and not {layer.name for layer in chain} <= seen:
            before[operation.name] = [_written(layer) for layer in chain]
            seen |= {layer.name for layer in chain}
    for tensor in model.outputs:
        chain, source_of = _new_behind(tensor, known)
        if chain and source_of in known:
            after[source_of] = [_written(layer) for layer in chain]
    return before, after


def _new_behind(tensor: Any, known: set[str]) -> tuple[list[Any], str]:
    """The new layers that lead to a tensor, first to last, and the known one that they start from."""
    chain: list[Any] = []
    while True:
        operation, node = origin(tensor)
        if operation.name in known or isinstance(operation, keras.layers.InputLayer):
            return chain[::-1], operation.name
        chain.append(operation)
        tensor = node.input_tensors[0]


def _operations(model: Any) -> Iterator[Any]:
    for operation in model.operations:
        if isinstance(operation, keras.Model) and graph.is_functional(operation):
            yield from _operations(operation)
        yield operation


def _layers(model: Any) -> dict[str, Any]:
    """Name -> layer or operation, nested models walked."""
    found: dict[str, Any] = {}
    for layer in model.layers if isinstance(model, keras.Sequential) else model.operations:
        if isinstance(layer, keras.Model) and graph.is_model(layer):
            found |= _layers(layer)
        if not isinstance(layer, keras.layers.InputLayer):
            found[layer.name] = layer
    return found


def _changes(old: Any, new: Any) -> dict[str, Any]:
    """Settings of a layer that differ; empty for models, operations, and layers without a configuration."""
    if isinstance(old, keras.Model) or not isinstance(old, keras.Layer):
        return {}
    try:
        before, now = old.get_config(), new.get_config()
    except NotImplementedError:
        return {}
    return {key: value for key, value in now.items() if key != "trainable" and str(before.get(key)) != str(value)}


def _kept(original: Run, run: Run) -> set[str]:
    """Names of layers whose weights are knowledge, not chance: frozen or adapted."""
    if not graph.is_model(original.model):
        return set()
    found = {
        name
        for name, layer in _layers(original.model).items()
        if isinstance(layer, keras.Layer) and not isinstance(layer, keras.Model) and layer.weights
        and (not layer.trainable or hasattr(layer, "adapt"))
        and not (hasattr(layer, "adapt") and _says_all(layer))
    }  # fmt: skip
    for layer in original.model.layers:  # a nested model that is kept whole is kept as one
        inside = {n for n, part in _layers(layer).items() if part.weights} if graph.is_model(layer) else set()
        if inside and inside <= found:
            found = found - inside | {layer.name}
    return found


def _nests(model: Any) -> bool:
    return any(isinstance(layer, keras.Model) for layer in model.layers)


def _thawed(run: Run, name: str, kept: Sequence[str]) -> list[str]:
    """Layers that were frozen and learn from now on."""
    layers = _layers(run.model)
    inside = {key: _layers(layers[key]) if graph.is_model(layers[key]) else {} for key in kept if key in layers}
    every = sorted({*inside, *(name for parts in inside.values() for name in parts)})
    return [key for key in every if layers[key].trainable and not hasattr(layers[key], "adapt")]


def _written(layer: Any) -> str:
    return source.layer_source(layer) or f"keras.layers.{type(layer).__name__}(...)"


def _pretty(changes: Mapping[str, Any], keys: _Keys) -> str:
    lines = [f"    {keys(key)}: {{{', '.join(f'{k!r}: {short(v)}' for k, v in diff.items())}}}," for key, diff in changes.items()]
    return "{\n" + "\n".join(lines) + "\n}"


def short(value: Any) -> str:
    try:
        return source.value_source(value)
    except ValueError:
        return repr(value)


def _unquoted(structure: Any) -> str:
    """The source of a structure whose leaves are source already."""
    if isinstance(structure, Mapping):
        return "{" + ", ".join(f"{key!r}: {_unquoted(value)}" for key, value in structure.items()) + "}"
    if isinstance(structure, (list, tuple)):
        return f"[{', '.join(map(_unquoted, structure))}]"
    return str(structure)


def layers_differ(original: Run, run: Run) -> bool:
    """A fix changed layers that the user's model holds directly, or in nested models."""
    if not graph.is_model(original.model):
        return False
    old, new = _layers(original.model), _layers(run.model)
    return set(old) != set(new) or any(_changes(old[key], new[key]) for key in new)
