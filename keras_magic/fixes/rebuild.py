"""Models made again from their configuration with some layers changed: one new layer for each old one, without weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied

from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.fixes import graph
from keras_magic.fixes.copies import Copies, has_config
from keras_magic.keras_adapter.graph import fed_by, functional_class, input_structure, origin, run_through
from keras_magic.keras_adapter.layers import flattened, lambda_output_shape, own_flag, set_own_flag, sublayers

layers = keras.layers

#: Where the configuration of a wrapper holds its inner layers -> the attributes that may hold them.
WRAPPED = {"layer": ("layer", "forward_layer"), "backward_layer": ("backward_layer",), "cell": ("cell",)}
Config = dict[str, Any]
Shapes = Mapping[int, tuple[int | None, ...]]
Rebuilt = tuple[Any, list[tuple[Any, Any]], bool]  # see `rebuild`


@dataclass(frozen=True)
class Edit:
    """Changes of a model, layer by layer; every field may be left out.

    Args:
        config: (layer, its config) -> None; changes the config in place. Wrapped layers are offered as well.
        before, after: layer -> new layers to put there; `after` is given the name to use.
        drop: layer -> whether to leave it out (single-input layers only).
        reset: layer -> whether to start it from fresh weights.
        front: new layers after each input, by index; shapes: new shapes of inputs, by index.
    """

    config: Callable[[Any, Config], None] | None = None
    before: Callable[[Any], list[Any]] | None = None
    after: Callable[[Any], list[Any]] | None = None
    drop: Callable[[Any], bool] | None = None
    reset: Callable[[Any], bool] | None = None
    front: Mapping[int, list[Any]] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=dict)

    @property
    def inside(self) -> bool:
        """It may change single layers, also those that others hold."""
        return self.config is not None or self.reset is not None


def rebuild(model: Any, edit: Edit) -> Rebuilt:
    """The new model, without weights or compile settings; (old layer, new layer) for every layer that holds weights itself;
    whether the edit found something to change."""
    if not graph.is_model(model):
        return _copy_subclassed(model, edit)
    maker = _Maker(edit, taken={layer.name for layer in (model, *flattened(model))})
    try:
        return maker.result(maker.model(model, edit.shapes, outermost=True))
    except (UsageError, MemoryError):
        raise
    except Exception as error:
        first = next(iter(str(error).strip().splitlines()), "")
        raise UnsupportedError(f"the model cannot be rebuilt with this change: {type(error).__name__}: {first}") from error


class _Maker:
    """Rebuilds layers and models; a layer that is used twice is made once."""

    def __init__(self, edit: Edit, taken: set[str]) -> None:
        self.edit = edit
        self.taken = taken
        self.pairs: list[tuple[Any, Any]] = []
        self.made: dict[int, _Chain] = {}
        self.copies = Copies(self._single)
        self.changed = bool(edit.front or edit.shapes)

    def result(self, model: Any) -> Rebuilt:
        pairs = [*self.pairs, *self.copies.pairs]
        return model, pairs, self.changed or bool(self.edit.reset and any(self.edit.reset(old) for old, _ in pairs))

    def model(self, old: Any, shapes: Shapes, outermost: bool = False) -> Any:
        """A model with other shapes of its inputs, by index; None where every layer of a nested model was dropped."""
        return (self._sequential if isinstance(old, keras.Sequential) else self._functional)(old, shapes, outermost)

    def _sequential(self, old: Any, shapes: Shapes, outermost: bool) -> Any:
        parts: list[Any] = []
        first = next(iter(sublayers(old)), None)
        if isinstance(first, layers.InputLayer):
            shape = (first.batch_shape[0], *shapes.get(0, first.batch_shape[1:]))
            parts.append(keras.Input(batch_shape=shape, dtype=first.dtype, name=first.name))
        if outermost:
            parts += self._named(self.edit.front.get(0, []), "input")
        nests = any(graph.is_model(layer) for layer in old.layers)
        tensor = _through(parts, None) if nests else None
        for layer in old.layers:
            chain = self.chain(layer, tensor)
            parts += chain.layers
            tensor = chain(tensor) if tensor is not None else None
        if not outermost and all(isinstance(part, keras.KerasTensor) for part in parts):
            return None
        new = type(old)(parts, name=old.name) if type(old) is keras.Sequential else _from_class(old, parts)
        set_own_flag(new, own_flag(old))
        return new

    def _functional(self, old: Any, shapes: Shapes, outermost: bool) -> Any:
        inputs = []
        for index, tensor in enumerate(old.inputs):
            shape = (tensor.shape[0], *shapes.get(index, tensor.shape[1:]))
            inputs.append(keras.Input(batch_shape=shape, dtype=tensor.dtype, name=tensor.name))
        starts = list(inputs)
        if outermost:
            for index, front in self.edit.front.items():
                for layer in self._named(front, old.inputs[index].name):
                    starts[index] = layer(starts[index])
        outputs = run_through(old, starts, lambda op, *a, **k: self.chain(op, a[0] if a else None)(*a, **k))
        if not outermost and [id(t) for t in keras.tree.flatten(outputs)] == [id(t) for t in inputs]:
            return None
        for tensor in inputs:
            if not fed_by(origin(tensor)[0]):  # before Keras 3.14 a model takes no input that leads nowhere
                layers.Identity()(tensor)
        structure = keras.tree.pack_sequence_as(input_structure(old), inputs)
        new = type(old)(structure, outputs, name=old.name)
        set_own_flag(new, own_flag(old))
        return new

    def chain(self, old: Any, argument: Any = None) -> _Chain:
        """The new layers that stand for `old`, which is called on `argument` (symbolic tensors, None where not known)."""
        if id(old) not in self.made:
            self.made[id(old)] = self._make(old, argument)
        return self.made[id(old)]

    def _make(self, old: Any, argument: Any) -> _Chain:
        if not isinstance(old, keras.Layer):  # an operation such as x + y: it has no state
            return _Chain([type(old).from_config(old.get_config())])
        if graph.is_model(old):
            model = self.model(old, _shapes_of(argument))
            return _Chain([] if model is None else [model])
        before = self._named(self.edit.before(old) if self.edit.before else [], old.name)
        after = self._named(self.edit.after(old) if self.edit.after else [], old.name)
        dropped = self.edit.drop is not None and self.edit.drop(old)
        self.changed |= bool(before or after or dropped)
        if dropped:
            return _Chain([*before, *after])
        return _Chain([*before, self._again(old), *after])

    def _single(self, old: Any) -> Any:
        """The new layer for one that a subclassed model calls: there is no place beside it."""
        made = self.chain(old).layers
        if len(made) != 1:
            raise UnsupportedError(f"{old.name} is called in your code: add or drop layers there, see .code")
        return made[0]

    def _again(self, old: Any) -> Any:
        if not has_config(old) or (self.edit.inside and graph.is_own(old)):
            return self.copies.object(old)
        try:
            new = self._layer(old)
        except (NotImplementedError, TypeError):  # a configuration that does not tell the arguments
            return self.copies.object(old)
        self.pairs.append((old, new))
        return new

    def _layer(self, old: Any) -> Any:
        if isinstance(old, layers.Lambda):  # its function is not read back from a configuration
            return layers.Lambda(
                old.function,
                output_shape=lambda_output_shape(old),
                mask=old.mask,
                arguments=old.arguments,
                name=old.name,
                dtype=old.dtype_policy,
            )
        config = old.get_config()
        if self.edit.config:
            self._offer(old, config)
        new = type(old).from_config(config)
        new.name = old.name  # which the arguments of a custom layer may not hold
        return new

    def _offer(self, old: Any, config: Config) -> None:
        assert self.edit.config is not None
        given = dict(config)
        self.edit.config(old, config)
        self.changed |= given.keys() != config.keys() or any(config[key] is not given[key] for key in config)
        for key, attributes in WRAPPED.items():
            inner = next((getattr(old, a) for a in attributes if hasattr(old, a)), None)
            inside = config.get(key)
            if isinstance(inner, keras.Layer) and isinstance(inside, dict) and isinstance(inside.get("config"), dict):
                self._offer(inner, inside["config"])

    def _named(self, new: Sequence[Any], beside: str) -> list[Any]:
        """Give added layers names that the model does not have yet, whatever the session's counters say."""
        for layer in new:
            kind = type(layer).__name__.lower()
            name, number = f"{beside}_{kind}", 1
            while name in self.taken:
                number += 1
                name = f"{beside}_{kind}_{number}"
            self.taken.add(name)
            layer.name = name
        return list(new)


class _Chain:
    """Layers applied one after the other; the first takes all arguments of the call."""

    def __init__(self, chain: list[Any]) -> None:
        self.layers = chain

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.layers:
            return args[0]
        main = next((i for i, layer in enumerate(self.layers) if len(args) > 1 or kwargs), 0)
        value = self.layers[main](*args, **kwargs)
        for layer in self.layers[main + 1 :]:
            value = layer(value)
        return value


def _shapes_of(argument: Any) -> Shapes:
    """Shapes of symbolic tensors by index, without the batch axis."""
    return {} if argument is None else {i: tuple(t.shape[1:]) for i, t in enumerate(keras.tree.flatten(argument))}


def _through(parts: Sequence[Any], tensor: Any) -> Any:
    """The symbolic output of an input and layers after it; None without an input."""
    for part in parts:
        tensor = part if isinstance(part, keras.KerasTensor) else part(tensor)
    return tensor


def _from_class(old: Any, parts: list[Any]) -> Any:
    try:
        return type(old)(parts, name=old.name)
    except TypeError as error:
        raise UnsupportedError(f"{type(old).__name__} has a constructor of its own and cannot be rebuilt: {error}") from error


def _copy_subclassed(model: Any, edit: Edit) -> Rebuilt:
    """A copy of a subclassed model: through its own configuration, else attribute by attribute, so that its layers may change."""
    if edit.before or edit.after or edit.drop or edit.front or edit.shapes:
        raise UnsupportedError(f"{type(model).__name__} is a subclassed model: its layers are called in your code; see .code")
    if (has_config(model) and not edit.inside) or isinstance(model, functional_class()):
        return _from_config(model)
    maker = _Maker(edit, taken=set())
    try:
        return maker.result(maker.copies.object(model))
    except Exception as error:
        if edit.inside:
            raise UnsupportedError(f"the layers of {type(model).__name__} can be changed only in your code: {error}") from error
        return _from_config(model)


def _from_config(model: Any) -> Rebuilt:
    try:
        config = model.get_config()
        if not has_config(model):
            config.update({k: v for k, v in vars(model).items() if k in config and isinstance(v, (str, int, float, bool))})
        new = _from_arguments(type(model), config)
    except Exception as error:
        raise not_copied(model, f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}") from error
    return new, [(model, new)], False


def _from_arguments(kind: type, config: Config) -> Any:
    """An instance from its configuration; where Keras recorded more than the constructor takes, from what it takes."""
    try:
        return kind.from_config(config)  # type: ignore[attr-defined]
    except TypeError:
        parameters = inspect.signature(kind).parameters.values()
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            raise
        return kind(**{p.name: config[p.name] for p in parameters if p.name in config})


def not_copied(model: Any, why: str) -> UnsupportedError:
    return UnsupportedError(f"{type(model).__name__} cannot be copied for a trial: give it a get_config() ({why})")
