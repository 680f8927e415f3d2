"""What the fixes do to models: rebuild them from their configuration with some layers changed, never touching the user's.

Sequential and functional models (nested, with shared layers, several inputs and outputs, custom layers) are rebuilt layer by
layer; subclassed ones are copied whole, so that only data, compile and fit can be changed for them. A copy starts from the run's
initial weights wherever a layer kept its shapes, and is compiled with fresh copies of the optimizer, losses and metrics.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_magic.errors import UnsupportedError, UsageError, summary_of
from keras_magic.fixes import graph
from keras_magic.fixes.twins import Twins, has_config
from keras_magic.keras_adapter import compiled
from keras_magic.keras_adapter.graph import functional_class, input_structure, run_through
from keras_magic.keras_adapter.layers import flattened, lambda_output_shape, own_flag, set_own_flag, sublayers
from keras_magic.keras_adapter.optimizer import copy_exclusions, given_rate, innermost, updated_variables
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.watch import snapshot

layers = keras.layers

#: Where the configuration of a wrapper holds its inner layers -> the attributes that may hold them.
WRAPPED = {"layer": ("layer", "forward_layer"), "backward_layer": ("backward_layer",), "cell": ("cell",)}
Config = dict[str, Any]
Settings = dict[str, Any]
Shapes = Mapping[int, tuple[int | None, ...]]
Rebuilt = tuple[Any, list[tuple[Any, Any]], bool]  # see `_rebuild`


@dataclass(frozen=True)
class Edit:
    """Changes of a model, layer by layer; every field may be left out.

    Args:
        config: (layer, its config) -> None; changes the config in place. Wrapped layers are offered as well.
        before, after: layer -> new layers to put there; `after` is given the name to use.
        drop: layer -> whether to leave it out (single-input layers only).
        reset: layer -> whether to start it from fresh weights.
        front: new layers behind each input, by index; shapes: new shapes of inputs, by index.
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


# ---------------------------------------------------------------- copies


def fresh(run: Run) -> Run:
    """The run with a model copy of its own at the initial weights."""
    return edited(run)


def copy_model(run: Run) -> Any:
    """A new compiled model at the initial weights of the run: what `fit` would have begun with.

    Raises:
        UnsupportedError: the model cannot be rebuilt from its configuration.
    """
    return edited(run).model


def edited(
    run: Run, edit: Edit | None = None, settings: Callable[[Settings], Settings] | None = None, *, thaw: bool = False
) -> Run:
    """A run with its own model, changed by `edit` and compiled with the settings that `settings` makes of the present ones.

    Args:
        thaw: take `trainable` as it is on the layers now, not as it was when the model was compiled.

    Raises:
        UnsupportedError: the model, or a part of it, cannot be rebuilt.
    """
    if run.model is None:  # an audit of the data alone
        return run.replace(fresh=True)
    with undisturbed():
        model, pairs, found = _rebuild(run.model, edit or Edit())
        if edit is not None and settings is None and not found:
            raise UnsupportedError("the model has no layer that this changes, as far as its layers can be reached; see .code")
        if run.model.built:
            _build(model, run)
            if not graph.is_model(model) and not _same_shapes(model, run.model, exactly=edit is None):
                raise _not_copied(run.model, "its constructor's arguments are not known")
        _take_flags(run, pairs, thaw)
        _take_weights(run, pairs, edit or Edit())
        present = compile_settings(run)
        if present is not None:
            compile_model(model, settings(present) if settings else present)
    weights = tuple(np.array(w.numpy()) for w in model.weights) if model.built else None
    callbacks = run.fit_arguments.get("callbacks")
    changed = run.replace(model=model, initial_weights=weights, initial_rate=None, fresh=True)
    return changed.with_fit(callbacks=copy_callbacks(callbacks)) if callbacks else changed


@contextlib.contextmanager
def undisturbed(seed: int = 0) -> Iterator[None]:
    """Make layers without moving the random state or the counters of layer names; what is made depends on `seed` alone.

    What Keras warns of is a copy that the user did not ask for: it is not passed on.
    """
    with snapshot.undisturbed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        random.seed(seed)
        yield


def copy_callbacks(callbacks: Sequence[Any]) -> list[Any]:
    """Copies that share no state with the user's callbacks."""
    copies = []
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        try:
            twin = copy.copy(callback)
        except Exception as error:
            raise UnsupportedError(f"the callback {type(callback).__name__} cannot be copied: {summary_of(error)}") from error
        for name, value in vars(callback).items():
            if name in ("_model", "model"):
                vars(twin)[name] = None
            elif isinstance(value, (list, dict, set)):
                vars(twin)[name] = copy.copy(value)
        copies.append(twin)
    return copies


# ---------------------------------------------------------------- rebuilding


def _rebuild(model: Any, edit: Edit) -> Rebuilt:
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
        self.twins = Twins(self._single)
        self.changed = bool(edit.front or edit.shapes)

    def result(self, model: Any) -> Rebuilt:
        pairs = [*self.pairs, *self.twins.pairs]
        return model, pairs, self.changed or bool(self.edit.reset and any(self.edit.reset(old) for old, _ in pairs))

    def model(self, old: Any, shapes: Shapes, outermost: bool = False) -> Any:
        """A model with other shapes of its inputs, by index."""
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
            return _Chain([self.model(old, _shapes_of(argument))])
        before = self._named(self.edit.before(old) if self.edit.before else [], old.name)
        after = self._named(self.edit.after(old) if self.edit.after else [], old.name)
        dropped = self.edit.drop is not None and self.edit.drop(old)
        self.changed |= bool(before or after or dropped)
        if dropped:
            return _Chain([*before, *after])
        return _Chain([*before, self._anew(old), *after])

    def _single(self, old: Any) -> Any:
        """The new layer for one that a subclassed model calls: there is no place beside it."""
        made = self.chain(old).layers
        if len(made) != 1:
            raise UnsupportedError(f"{old.name} is called in your code: add or drop layers there, see .code")
        return made[0]

    def _anew(self, old: Any) -> Any:
        if not has_config(old) or (self.edit.inside and graph.is_own(old)):
            return self.twins.object(old)
        try:
            new = self._layer(old)
        except (NotImplementedError, TypeError):  # a configuration that does not tell the arguments
            return self.twins.object(old)
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
        return type(old).from_config(config)

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
    """The symbolic output of an input and layers behind it; None without an input."""
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
        return maker.result(maker.twins.object(model))
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
        raise _not_copied(model, f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}") from error
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


def _not_copied(model: Any, why: str) -> UnsupportedError:
    return UnsupportedError(f"{type(model).__name__} cannot be copied for a trial: give it a get_config() ({why})")


def _same_shapes(model: Any, original: Any, exactly: bool) -> bool:
    """The weights correspond; where layers were changed, in number."""
    ours, theirs = [w.shape for w in model.weights], [w.shape for w in original.weights]
    return ours == theirs if exactly else len(ours) == len(theirs)


def _build(model: Any, run: Run) -> None:
    """Create the weights of a copy of a built model, from one small batch of the run."""
    if model.built and model.weights:
        return
    with contextlib.suppress(Exception):
        sample = sample_rows(run, 2)
        model(keras.tree.map_structure(lambda a: a[:2], sample.x), training=False)


def _take_flags(run: Run, pairs: list[tuple[Any, Any]], thaw: bool) -> None:
    """`trainable` of every layer, as training sees it: what changed after `compile` and a first `fit` does not count for `fit`."""
    optimizer = getattr(run.model, "optimizer", None)
    stale = not (thaw or run.fresh) and optimizer is not None and optimizer.built and run.model.train_function is not None
    known = {id(v) for v in updated_variables(optimizer)} if stale else set()
    for old, new in pairs:
        new.trainable = old.trainable
        if not known:
            continue
        trains = any(id(v) in known for v in old.weights)
        if old.trainable and old.trainable_weights and not trains:
            new.trainable = False
        elif trains and not old.trainable:
            new.trainable = True


def _take_weights(run: Run, pairs: list[tuple[Any, Any]], edit: Edit) -> None:
    """Initial weights of the run for each layer that kept its shapes; fresh ones for the others."""
    start = _start_values(run)
    for old, new in pairs:
        if hasattr(old, "adapt"):
            _take_adapted(old, new)
            continue
        if not new.built or (edit.reset and edit.reset(old)):
            continue
        values = [start[id(w)] for w in old.weights if id(w) in start]
        if [v.shape for v in values] != [tuple(w.shape) for w in new.weights] or len(values) != len(old.weights):
            continue
        if all(np.isfinite(v).all() for v in values if v.dtype.kind == "f"):
            for weight, value in zip(new.weights, values, strict=True):
                weight.assign(value)


def _take_adapted(old: Any, new: Any) -> None:
    """Statistics and vocabularies, which training leaves alone, by the way in which Keras saves them."""
    if getattr(old, "is_adapted", old.built):
        with contextlib.suppress(Exception), tempfile.TemporaryDirectory() as folder:
            store: dict[str, Any] = {}
            old.save_own_variables(store)
            new.load_own_variables({key: np.asarray(value) for key, value in store.items()})
            if hasattr(old, "save_assets"):
                old.save_assets(folder)
                new.load_assets(folder)


def _start_values(run: Run) -> dict[int, np.ndarray]:
    """Variable id -> value before training. Without a record: frozen weights, which stay as they are."""
    weights = run.model.weights if run.model.built else []
    if run.initial_weights is not None and len(run.initial_weights) == len(weights):
        return {id(w): np.asarray(v) for w, v in zip(weights, run.initial_weights, strict=True)}
    if run.fresh:
        return {id(w): np.asarray(w.numpy()) for w in weights}
    still = [layer for layer in flattened(run.model) if not layer.trainable]
    return {id(w): np.asarray(w.numpy()) for layer in still for w in layer.weights}


# ---------------------------------------------------------------- compile


def compile_settings(run: Run) -> Settings | None:
    """Arguments for `compile` with fresh copies of what has state; None when the model was not compiled.

    Raises:
        UnsupportedError: the model has its own `compile`, whose arguments are not known.
    """
    model = run.model
    if not model.compiled:
        return None
    given = compiled.arguments(model)
    if given is None:
        raise UnsupportedError(f"{type(model).__name__} has a compile() of its own: the copy cannot be compiled")
    given["optimizer"] = copy_optimizer(given.get("optimizer") or model.optimizer, run.initial_rate)
    for key in ("metrics", "weighted_metrics"):
        given[key] = map_settings(_copy_metric, given.get(key))
    given["run_eagerly"] = bool(model.run_eagerly)
    given["jit_compile"] = bool(model.jit_compile)
    given["steps_per_execution"] = model.steps_per_execution
    return given


def copy_optimizer(optimizer: Any, rate: float | None = None, **changes: Any) -> Any:
    """A new, unbuilt optimizer with the same settings.

    Args:
        rate: the rate to start with in place of the present one (callbacks may have changed it).
        changes: other settings to change, such as `global_clipnorm=1.0`.
    """
    inner, present = innermost(optimizer), given_rate(optimizer)
    try:
        config = {**inner.get_config(), **changes}
        if isinstance(present, keras.optimizers.schedules.LearningRateSchedule):
            config["learning_rate"] = present  # a schedule has no state
        elif rate is not None:
            config["learning_rate"] = float(rate)
        new = type(inner).from_config(config)
        copy_exclusions(inner, new)
        if inner is optimizer:
            return new
        return type(optimizer)(new, **{k: v for k, v in optimizer.get_config().items() if k not in ("inner_optimizer", "name")})
    except Exception as error:
        raise UnsupportedError(f"{type(inner).__name__} cannot be rebuilt from its get_config(): {error}") from error


def _copy_metric(metric: Any) -> Any:
    if not isinstance(metric, keras.Metric):
        return metric
    try:
        return type(metric).from_config(metric.get_config())
    except Exception:
        return None  # a metric that cannot be rebuilt is only reported, it takes no part in training


def map_settings(function: Callable[[Any], Any], setting: Any) -> Any:
    """Apply to every loss or metric in what `compile` accepts: one, a list, a dict of outputs, nested lists."""
    if isinstance(setting, Mapping):
        return {key: map_settings(function, value) for key, value in setting.items()}
    if isinstance(setting, (list, tuple)):
        return [map_settings(function, value) for value in setting]
    return None if setting is None else function(setting)


def compile_model(model: Any, settings: Settings) -> None:
    try:
        model.compile(**settings)
    except UsageError:
        raise
    except Exception as error:
        raise UnsupportedError(f"the copy cannot be compiled: {type(error).__name__}: {error}") from error
