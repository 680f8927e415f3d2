"""What the fixes do to models: rebuild them from their configuration with some layers changed, never touching the user's.

Sequential and functional models (nested, with shared layers, several inputs and outputs, custom layers) are made anew layer by
layer; subclassed ones are copied whole, so that only data, compile and fit can be changed for them. A copy starts from the run's
start weights wherever a layer kept its shapes, and is compiled with fresh copies of the optimizer, losses and metrics.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state

from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.watch.snapshot import random_state

layers = keras.layers

WRAPPED = ("layer", "forward_layer", "backward_layer", "cell")  # attributes under which wrappers hold their inner layers
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
RECURRENT = (layers.RNN, layers.Bidirectional)
NORMALISERS = (layers.BatchNormalization,)
LOOKUPS = ("Embedding", "StringLookup", "IntegerLookup", "Hashing", "TextVectorization", "CategoryEncoding", "Discretization")

Config = dict[str, Any]
Settings = dict[str, Any]


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
    shapes: Mapping[int, tuple[int | None, ...]] = field(default_factory=dict)


# ---------------------------------------------------------------- copies


def fresh(run: Run) -> Run:
    """The run with a model copy of its own at the start weights."""
    return edited(run)


def copy_model(run: Run) -> Any:
    """A new compiled model at the start weights of the run: what `fit` would have begun with.

    Raises:
        UnsupportedError: the model cannot be made anew from its configuration.
    """
    return edited(run).model


def edited(
    run: Run, edit: Edit | None = None, settings: Callable[[Settings], Settings] | None = None, *, thaw: bool = False
) -> Run:
    """A run with its own model, changed by `edit` and compiled with the settings that `settings` makes of the present ones.

    Args:
        thaw: take `trainable` as it is on the layers now, not as it was when the model was compiled.

    Raises:
        UnsupportedError: the model, or a part of it, cannot be made anew.
    """
    with undisturbed():
        model, pairs = _rebuild(run.model, edit or Edit())
        if run.model.built:
            _build(model, run)
        _take_flags(run, pairs, thaw)
        _take_weights(run, pairs, edit or Edit())
        present = compile_settings(run)
        if present is not None:
            _compile(model, settings(present) if settings else present)
    weights = tuple(np.array(w.numpy()) for w in model.weights) if model.built else None
    callbacks = run.fit_arguments.get("callbacks")
    changed = run.replace(model=model, initial_weights=weights, initial_rate=None, fresh=True)
    return changed.with_fit(callbacks=copy_callbacks(callbacks)) if callbacks else changed


@contextlib.contextmanager
def undisturbed(seed: int = 0) -> Iterator[None]:
    """Make layers without moving the random state or the counters of layer names; what is made depends on `seed` alone."""
    restore = random_state()
    names = global_state.get_global_attribute("object_name_uids")
    kept = dict(names) if names is not None else None
    random.seed(seed)
    try:
        yield
    finally:
        restore()
        if names is not None and kept is not None:
            names.clear()
            names.update(kept)


def copy_callbacks(callbacks: Sequence[Any]) -> list[Any]:
    """Copies that share no state with the user's callbacks."""
    copies = []
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        twin = copy.copy(callback)
        for name, value in vars(callback).items():
            if name in ("_model", "model"):
                vars(twin)[name] = None
            elif isinstance(value, (list, dict, set)):
                vars(twin)[name] = copy.copy(value)
        copies.append(twin)
    return copies


# ---------------------------------------------------------------- rebuilding


def _rebuild(model: Any, edit: Edit) -> tuple[Any, list[tuple[Any, Any]]]:
    """The new model, without weights or compile settings, and (old layer, new layer) for every layer that holds weights itself."""
    if not isinstance(model, keras.Sequential) and not _is_functional(model):
        if edit != Edit():
            raise UnsupportedError(
                f"{type(model).__name__} is a subclassed model: its layers can be changed only in your code; see .code"
            )
        return _copy_subclassed(model)
    maker = _Maker(edit, taken={layer.name for layer in model._flatten_layers()})
    try:
        return maker.model(model, outermost=True), maker.pairs
    except (UsageError, MemoryError):
        raise
    except Exception as error:
        first = next(iter(str(error).strip().splitlines()), "")
        raise UnsupportedError(f"the model cannot be made anew with this change: {type(error).__name__}: {first}") from error


def _is_functional(model: Any) -> bool:
    from keras.src.models.functional import Functional, functional_like_constructor

    if not isinstance(model, Functional):
        return False
    overridden = type(model).call is not Functional.call
    return not overridden and (type(model) is Functional or functional_like_constructor(type(model)))


class _Maker:
    """Makes layers and models anew; a layer that is used twice is made once."""

    def __init__(self, edit: Edit, taken: set[str]) -> None:
        self.edit = edit
        self.taken = taken
        self.pairs: list[tuple[Any, Any]] = []
        self.made: dict[int, _Chain] = {}

    def model(self, old: Any, outermost: bool = False) -> Any:
        if isinstance(old, keras.Sequential):
            return self._sequential(old, outermost)
        return self._functional(old, outermost)

    def _sequential(self, old: Any, outermost: bool) -> Any:
        parts: list[Any] = []
        first = old._layers[0] if old._layers else None
        if isinstance(first, layers.InputLayer):
            shape = tuple(first.batch_shape)
            if outermost and 0 in self.edit.shapes:
                shape = (shape[0], *self.edit.shapes[0])
            parts.append(keras.Input(batch_shape=shape, dtype=first.dtype, name=first.name))
        if outermost:
            parts += self._named(self.edit.front.get(0, []), "input")
        for layer in old.layers:
            parts += self.chain(layer).layers
        new = type(old)(parts, name=old.name) if type(old) is keras.Sequential else _from_class(old, parts)
        new._trainable = old._trainable
        return new

    def _functional(self, old: Any, outermost: bool) -> Any:
        inputs = []
        for index, tensor in enumerate(old.inputs):
            shape = tuple(tensor.shape)
            if outermost and index in self.edit.shapes:
                shape = (shape[0], *self.edit.shapes[index])
            inputs.append(keras.Input(batch_shape=shape, dtype=tensor.dtype, name=tensor.name))
        starts = list(inputs)
        if outermost:
            for index, front in self.edit.front.items():
                for layer in self._named(front, old.inputs[index].name):
                    starts[index] = layer(starts[index])
        outputs = old._run_through_graph(starts, operation_fn=self.chain, call_fn=lambda chain, *a, **k: chain(*a, **k))
        structure = keras.tree.pack_sequence_as(old._inputs_struct, inputs)
        new = type(old)(structure, outputs, name=old.name)
        new._trainable = old._trainable
        return new

    def chain(self, old: Any) -> _Chain:
        """The new layers that stand for `old`."""
        if id(old) not in self.made:
            self.made[id(old)] = self._make(old)
        return self.made[id(old)]

    def _make(self, old: Any) -> _Chain:
        if not isinstance(old, keras.Layer):  # an operation such as x + y: it has no state
            return _Chain([type(old).from_config(old.get_config())])
        if isinstance(old, keras.Sequential) or _is_functional(old):
            return _Chain([self.model(old)])
        before = self._named(self.edit.before(old) if self.edit.before else [], old.name)
        after = self._named(self.edit.after(old) if self.edit.after else [], old.name)
        if self.edit.drop and self.edit.drop(old):
            return _Chain([*before, *after])
        new = self._layer(old)
        self.pairs.append((old, new))
        return _Chain([*before, new, *after])

    def _layer(self, old: Any) -> Any:
        if isinstance(old, layers.Lambda):  # its function is not read back from a configuration
            return layers.Lambda(
                old.function,
                output_shape=old._output_shape,
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
        self.edit.config(old, config)
        for key in WRAPPED:
            inner, inside = getattr(old, key, None), config.get(key)
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


def _from_class(old: Any, parts: list[Any]) -> Any:
    try:
        return type(old)(parts, name=old.name)
    except TypeError as error:
        raise UnsupportedError(f"{type(old).__name__} has a constructor of its own and cannot be rebuilt: {error}") from error


def _copy_subclassed(model: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """A whole copy of a subclassed model through its configuration."""
    try:
        new = type(model).from_config(model.get_config())
    except Exception as error:
        raise UnsupportedError(
            f"{type(model).__name__} cannot be copied: give it get_config(), so that a trial can be made on a copy"
            f" ({type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')})"
        ) from error
    return new, [(model, new)]


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
    known = {id(v) for v in _optimized(optimizer)} if stale else set()
    for old, new in pairs:
        new.trainable = old.trainable
        weights = [v for v in old.weights if v.trainable or not old.trainable]
        if not stale or not known or not weights:
            continue
        seen = [id(v) in known for v in weights]
        if old.trainable and old.trainable_weights and not any(id(v) in known for v in old.trainable_weights):
            new.trainable = False
        elif not old.trainable and any(seen):
            new.trainable = True


def _optimized(optimizer: Any) -> list[Any]:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return list(getattr(inner, "_trainable_variables", []))


def _take_weights(run: Run, pairs: list[tuple[Any, Any]], edit: Edit) -> None:
    """Start weights of the run for each layer that kept its shapes; fresh ones for the others."""
    start = _start_values(run)
    for old, new in pairs:
        if not new.built or (edit.reset and edit.reset(old)):
            continue
        old_weights, new_weights = old.weights, new.weights
        values = [start.get(id(w)) for w in old_weights]
        if len(old_weights) != len(new_weights) or any(v is None for v in values):
            continue
        fits = all(tuple(v.shape) == tuple(w.shape) for v, w in zip(values, new_weights, strict=True))
        if fits and all(np.isfinite(v).all() for v in values if v.dtype.kind == "f"):
            for weight, value in zip(new_weights, values, strict=True):
                weight.assign(value)


def _start_values(run: Run) -> dict[int, np.ndarray]:
    """Variable id -> value before training. Without a record: frozen weights and adapted statistics, which stay."""
    weights = run.model.weights if run.model.built else []
    if run.initial_weights is not None and len(run.initial_weights) == len(weights):
        return {id(w): np.asarray(v) for w, v in zip(weights, run.initial_weights, strict=True)}
    if run.fresh:
        return {id(w): np.asarray(w.numpy()) for w in weights}
    still = [layer for layer in run.model._flatten_layers(include_self=False) if not layer.trainable or _adapts(layer)]
    return {id(w): np.asarray(w.numpy()) for layer in still for w in layer.weights}


def _adapts(layer: Any) -> bool:
    return hasattr(layer, "adapt")


# ---------------------------------------------------------------- compile


def compile_settings(run: Run) -> Settings | None:
    """Arguments for `compile` with fresh copies of what has state; None when the model was not compiled.

    Raises:
        UnsupportedError: the model has its own `compile`, whose arguments are not known.
    """
    model = run.model
    if not model.compiled:
        return None
    if not hasattr(model, "_compile_config"):
        raise UnsupportedError(f"{type(model).__name__} has a compile() of its own: the copy cannot be compiled")
    given = dict(model._compile_config.config)
    given["optimizer"] = copy_optimizer(given.get("optimizer") or model.optimizer, run.initial_rate)
    for key in ("metrics", "weighted_metrics"):
        given[key] = _map_settings(_copy_metric, given.get(key))
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
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    present = inner._learning_rate
    try:
        config = {**inner.get_config(), **changes}
        if isinstance(present, keras.optimizers.schedules.LearningRateSchedule):
            config["learning_rate"] = present  # a schedule has no state
        elif rate is not None:
            config["learning_rate"] = float(rate)
        new = type(inner).from_config(config)
        if hasattr(inner, "_exclude_from_weight_decay"):
            new._exclude_from_weight_decay = inner._exclude_from_weight_decay
        if inner is optimizer:
            return new
        return type(optimizer)(new, **{k: v for k, v in optimizer.get_config().items() if k not in ("inner_optimizer", "name")})
    except Exception as error:
        raise UnsupportedError(f"{type(inner).__name__} cannot be made anew from its get_config(): {error}") from error


def _copy_metric(metric: Any) -> Any:
    if not isinstance(metric, keras.Metric):
        return metric
    try:
        return type(metric).from_config(metric.get_config())
    except Exception:
        return None  # a metric that cannot be made anew is only reported, it takes no part in training


def _map_settings(function: Callable[[Any], Any], setting: Any) -> Any:
    """Apply to every loss or metric in what `compile` accepts: one, a list, a dict of outputs, nested lists."""
    if isinstance(setting, Mapping):
        return {key: _map_settings(function, value) for key, value in setting.items()}
    if isinstance(setting, (list, tuple)):
        return [_map_settings(function, value) for value in setting]
    return None if setting is None else function(setting)


def _compile(model: Any, settings: Settings) -> None:
    try:
        model.compile(**settings)
    except UsageError:
        raise
    except Exception as error:
        raise UnsupportedError(f"the copy cannot be compiled: {type(error).__name__}: {error}") from error


# ---------------------------------------------------------------- reading a model


def id_inputs(model: Any) -> set[int]:
    """Indexes of the inputs whose numbers are ids: they feed an embedding or a lookup, or are integers by declaration."""
    found = set()
    for index, tensor in enumerate(getattr(model, "inputs", None) or []):
        takes = {
            type(node.operation).__name__
            for node in getattr(tensor._keras_history.operation, "_outbound_nodes", [])
            if node.operation
        }
        if takes & set(LOOKUPS) or (str(tensor.dtype).startswith("int") and not takes & {"Rescaling", "Normalization"}):
            found.add(index)
    return found


def input_names(model: Any) -> list[str]:
    """Names of the inputs in their order, as far as they are known."""
    return [t.name for t in getattr(model, "inputs", None) or []]


def weighted_layers(model: Any) -> list[Any]:
    """Layers with a kernel of units or filters, in order; nested models are walked, wrappers stand for what they wrap."""
    found: list[Any] = []
    for layer in model.layers:
        if hasattr(layer, "layers") and isinstance(layer, keras.Model):
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
    if not isinstance(model, keras.Sequential) and not _is_functional(model):
        raise UnsupportedError(f"{type(model).__name__} is a subclassed model: change its last layer in your code, see .code")
    if isinstance(model, keras.Sequential):
        return _until_weights(reversed(model.layers))
    names = list(model.output_names)
    if output is not None and output not in names:
        raise UsageError(f"the model has no output {output!r}; it has {', '.join(map(repr, names))}")
    return _until_weights(_backwards(model.outputs[names.index(output) if output else 0]))


def _backwards(tensor: Any) -> Iterator[Any]:
    """Operations that lead to a tensor, last first, as long as each has one input."""
    while True:
        history = tensor._keras_history
        operation = history.operation
        yield operation
        node = operation._inbound_nodes[history.node_index] if operation._inbound_nodes else None
        if node is None or len(node.input_tensors) != 1:
            return
        tensor = node.input_tensors[0]


def _until_weights(chain: Any) -> list[Any]:
    found: list[Any] = []
    for layer in chain:
        if isinstance(layer, keras.Sequential) or _is_functional(layer):
            return found + tail(layer)
        found.append(layer)
        if width_of(layer) is not None:
            return found
    return found


def tails(model: Any) -> list[Any]:
    """All layers on the way from the last weights to any output."""
    if isinstance(model, keras.Sequential):
        return tail(model)
    return [layer for name in model.output_names for layer in tail(model, name)] if _is_functional(model) else []


def _ids(some: Sequence[Any]) -> set[int]:
    return {id(layer) for layer in some}


def _chosen(names: Sequence[str] | None) -> Callable[[Any], bool]:
    """Whether a layer is among those named; names of nested layers may be written with a path."""
    if names is None:
        return lambda layer: True
    wanted = {part for name in names for part in (name, name.split("/")[-1])}
    return lambda layer: layer.name in wanted


# ---------------------------------------------------------------- edits: inputs


def with_input_shapes(run: Run, shapes: Mapping[int, tuple[int, ...]]) -> Run:
    """The run with other shapes of some inputs; layers whose weights then differ start anew."""
    return edited(run, Edit(shapes=dict(shapes)))


def add_normalization(run: Run, x: Any, only: str | None) -> Run:
    """A `Normalization` layer behind each input of numbers, adapted on the sample `x`."""
    from keras_magic.fixes.arrays import statistics_axes
    from keras_magic.sources.trees import named_leaves

    skip, names, front = id_inputs(run.model), input_names(run.model), {}
    named = list(named_leaves(x, "x"))
    for index, (name, values) in enumerate(named):
        wanted = only is None or len(named) == 1 or only in (name, *names[index : index + 1])
        if index in skip or not wanted or values.dtype.kind not in "fiu":
            continue
        finite = np.where(np.isfinite(values), values, np.nan).astype("float64")
        axes = statistics_axes(finite)
        mean, variance = np.nanmean(finite, axes), np.nanvar(finite, axes)
        axis = None if len(axes) == finite.ndim else -1
        with undisturbed():
            front[index] = [
                layers.Normalization(axis=axis, mean=np.nan_to_num(mean), variance=np.where(variance > 0, variance, 1.0))
            ]
    if not front:
        raise UnsupportedError("there is no input of numbers to normalise")
    return edited(run, Edit(front=front))


def augment_images(run: Run) -> Run:
    """See `fixes.augment_images`."""
    pictures = [i for i, t in enumerate(getattr(run.model, "inputs", None) or []) if len(t.shape) == 4]
    if not pictures:
        raise UnsupportedError("the model has no input of pictures (rows, height, width, channels)")
    with undisturbed():
        front = {
            i: [layers.RandomTranslation(0.1, 0.1, seed=1), layers.RandomRotation(0.03, seed=2), layers.RandomZoom(0.1, seed=3)]
            for i in pictures
        }
    return edited(run, Edit(front=front))


# ---------------------------------------------------------------- edits: head


def replace_head(run: Run, units: int | None, activation: str | None, loss: str | None, output: str | None) -> Run:
    """See `fixes.replace_head`."""
    ends = tail(run.model, output)
    main = ends[-1] if ends and width_of(ends[-1]) is not None else None
    if main is None:
        raise UnsupportedError("the last layer has no units of its own; change the head in your code, see .code")
    trailing = _ids([layer for layer in ends if isinstance(layer, ACTIVATIONS)])

    def change(layer: Any, config: Config) -> None:
        if layer is not main and layer is not getattr(main, "layer", None):
            return
        if units:
            config["units" if "units" in config else "filters"] = units
        if activation and "activation" in config:
            config["activation"] = activation

    drop = (lambda layer: id(layer) in trailing) if activation else None
    return edited(run, Edit(config=change, drop=drop), _with_loss(run, loss, output) if loss else None)


def replace_loss(run: Run, loss: str, output: str | None) -> Run:
    """See `fixes.replace_loss`."""
    return edited(run, None, _with_loss(run, loss, output))


def _with_loss(run: Run, loss: Any, output: str | None) -> Callable[[Settings], Settings]:
    def change(settings: Settings) -> Settings:
        changed = {**settings, "loss": _put(run.model, settings.get("loss"), loss, output)}
        for key in ("metrics", "weighted_metrics"):
            changed[key] = _map_settings(lambda m: _matching_metric(m, loss), settings.get(key))
        return changed

    return change


def _put(model: Any, present: Any, value: Any, output: str | None) -> Any:
    """`value` in the place of one output, in whatever form the setting has."""
    names = list(getattr(model, "output_names", None) or [])
    if len(names) <= 1:
        if isinstance(present, Mapping):
            return dict.fromkeys(present, value)
        return [value] if isinstance(present, (list, tuple)) else value
    if isinstance(present, Mapping):
        return {**present, (output or names[0]): value}
    if isinstance(present, (list, tuple)):
        return [value if (output or names[0]) == name else old for name, old in zip(names, present, strict=False)]
    return {name: value if output in (None, name) else present for name in names}


_ACCURACIES = {
    "binary_crossentropy": keras.metrics.BinaryAccuracy,
    "categorical_crossentropy": keras.metrics.CategoricalAccuracy,
    "sparse_categorical_crossentropy": keras.metrics.SparseCategoricalAccuracy,
}


def _matching_metric(metric: Any, loss: Any) -> Any:
    """The accuracy that belongs to the new loss, under the old name; other metrics stay."""
    wanted = _ACCURACIES.get(loss if isinstance(loss, str) else "")
    if wanted is None:
        return metric
    if isinstance(metric, tuple(_ACCURACIES.values())):
        return metric if isinstance(metric, wanted) else wanted(name=metric.name)
    if isinstance(metric, str) and metric in ("binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"):
        return wanted(name=metric)
    return metric


def set_from_logits(run: Run, value: bool, output: str | None) -> Run:
    """See `fixes.set_from_logits`."""

    def change(settings: Settings) -> Settings:
        present = settings.get("loss")
        names = list(getattr(run.model, "output_names", None) or [])
        if isinstance(present, Mapping):
            changed = {k: _logits(v, value) if output in (None, k) or len(present) == 1 else v for k, v in present.items()}
        elif isinstance(present, (list, tuple)):
            changed = [_logits(v, value) if output is None or names[i : i + 1] == [output] else v for i, v in enumerate(present)]  # type: ignore[assignment]
        else:
            changed = _logits(present, value)
        return {**settings, "loss": changed}

    return edited(run, None, change)


def _logits(loss: Any, value: bool) -> Any:
    instance = loss if isinstance(loss, keras.losses.Loss) else keras.losses.get(loss)
    if not isinstance(instance, keras.losses.Loss):  # a function: its class has the same name in camel case
        name = "".join(word.title() for word in str(getattr(instance, "__name__", "")).split("_"))
        kind = getattr(keras.losses, name, None)
        instance = kind() if kind else None
    config = instance.get_config() if instance is not None else {}
    if instance is None or "from_logits" not in config:
        raise UnsupportedError(f"the loss {loss!r} does not know from_logits")
    return type(instance).from_config({**config, "from_logits": value})


def replace_metric(run: Run, metric: str, output: str | None) -> Run:
    """See `fixes.replace_metric`; callbacks that watch a metric that is gone watch the new one."""
    names = list(getattr(run.model, "output_names", None) or [])

    def change(settings: Settings) -> Settings:
        present = settings.get("metrics")
        if isinstance(present, Mapping) and len(names) > 1:
            return {**settings, "metrics": {**present, (output or names[0]): [metric]}}
        if isinstance(present, (list, tuple)) and len(names) > 1 and len(present) == len(names):
            return {**settings, "metrics": [[metric] if output in (None, n) else m for n, m in zip(names, present, strict=True)]}
        return {**settings, "metrics": [metric]}

    return _watch(edited(run, None, change), metric)


def _watch(run: Run, metric: str) -> Run:
    lower_is_better = not any(word in metric for word in ("acc", "auc", "precision", "recall", "f1", "r2"))
    validates = run.fit_arguments.get("validation_data") is not None or run.fit_arguments.get("validation_split")
    for callback in run.fit_arguments.get("callbacks") or ():
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str) and monitor not in ("loss", "val_loss"):
            callback.monitor = f"val_{metric}" if validates else metric
            if hasattr(callback, "mode"):
                callback.mode = "min" if lower_is_better else "max"
            if hasattr(callback, "monitor_op"):
                callback.monitor_op = np.less if lower_is_better else np.greater
    return run


# ---------------------------------------------------------------- edits: hidden layers


def replace_hidden_activations(run: Run, activation: str, names: Sequence[str] | None) -> Run:
    """See `fixes.replace_hidden_activations`. Changed layers start anew from the initialiser that suits the activation."""
    ends, chosen = _ids(tails(run.model)), _chosen(names)
    initializer = "he_uniform" if _rectifies(activation) else "glorot_uniform"
    follows = _followed_by_activation(run.model)

    def hit(layer: Any) -> bool:
        kind = isinstance(layer, ACTIVATIONS) or (hasattr(layer, "kernel") and hasattr(layer, "activation"))
        recurrent = isinstance(layer, RECURRENT) and names is None
        return id(layer) not in ends and chosen(layer) and kind and not recurrent

    def change(layer: Any, config: Config) -> None:
        if not hit(layer) or "activation" not in config:
            return
        if isinstance(layer, ACTIVATIONS) or id(layer) not in follows:
            config["activation"] = activation
        if "kernel_initializer" in config and layer.trainable:
            config["kernel_initializer"] = initializer

    kernels = {id(layer) for layer in weighted_layers(run.model) if hit(layer) or (id(layer) in follows and id(layer) not in ends)}
    return edited(run, Edit(config=change, reset=lambda layer: id(layer) in kernels and layer.trainable))


def _followed_by_activation(model: Any) -> set[int]:
    """Layers whose activation is a layer of its own behind them (BatchNormalization may stand between)."""
    found: set[int] = set()
    for layer in model.layers:
        if isinstance(layer, keras.Model) and hasattr(layer, "layers"):
            found |= _followed_by_activation(layer)
    for first, second in _neighbours(model):
        if isinstance(second, ACTIVATIONS):
            found.add(id(first))
    return found


def _neighbours(model: Any) -> list[tuple[Any, Any]]:
    """(layer, the next one behind it, BatchNormalization skipped) along the graph."""
    pairs = []
    between = (layers.BatchNormalization, layers.LayerNormalization)
    if isinstance(model, keras.Sequential):
        chain = [layer for layer in model.layers if not isinstance(layer, between)]
        return list(itertools.pairwise(chain))
    for layer in model.layers:
        queue = [node.operation for node in layer._outbound_nodes if node.operation is not None]
        while queue:
            operation = queue.pop()
            if isinstance(operation, between):
                queue += [node.operation for node in operation._outbound_nodes if node.operation is not None]
            else:
                pairs.append((layer, operation))
    return pairs


def _rectifies(activation: str) -> bool:
    return "relu" in activation or activation in ("elu", "gelu", "silu", "swish", "mish")


def replace_initializers(run: Run, initializer: str, names: Sequence[str] | None) -> Run:
    """See `fixes.replace_initializers`."""
    chosen, follows = _chosen(names), dict(_neighbours_of(run.model))

    def hit(layer: Any) -> bool:
        return chosen(layer) and layer.trainable

    def change(layer: Any, config: Config) -> None:
        if not hit(layer):
            return
        behind = follows.get(id(layer))
        active = str(config.get("activation")) + (
            type(behind).__name__.lower() + str(getattr(behind, "get_config", dict)().get("activation")) if behind else ""
        )
        suited = "he_uniform" if "relu" in active else "glorot_uniform"
        for key in config:
            if key.endswith("kernel_initializer") or key in (
                "embeddings_initializer",
                "depthwise_initializer",
                "pointwise_initializer",
            ):
                standard = {"recurrent_kernel_initializer": "orthogonal", "embeddings_initializer": "uniform"}.get(key, suited)
                config[key] = standard if initializer == "auto" else initializer
            elif key == "recurrent_initializer":
                config[key] = "orthogonal"
            elif key == "bias_initializer":
                config[key] = "zeros"

    def reset(layer: Any) -> bool:
        return hit(layer) and any(k.endswith("_initializer") for k in _safe_config(layer)) and not isinstance(layer, NORMALISERS)

    return edited(run, Edit(config=change, reset=reset))


def _neighbours_of(model: Any) -> list[tuple[int, Any]]:
    inner = [
        p for layer in model.layers if isinstance(layer, keras.Model) and hasattr(layer, "layers") for p in _neighbours_of(layer)
    ]
    return [*inner, *((id(a), b) for a, b in _neighbours(model) if isinstance(b, ACTIVATIONS))]


def _safe_config(layer: Any) -> Config:
    try:
        return dict(layer.get_config())
    except Exception:
        return {}


def set_dropout(run: Run, rate: float, names: Sequence[str] | None) -> Run:
    """See `fixes.set_dropout`."""
    chosen = _chosen(names)

    def change(layer: Any, config: Config) -> None:
        if not chosen(layer):
            return
        if _drops(layer):
            config["rate"] = rate
        for key in ("dropout", "recurrent_dropout"):
            if isinstance(config.get(key), float) and config[key] > 0:
                config[key] = rate

    return edited(run, Edit(config=change))


def _drops(layer: Any) -> bool:
    return "Dropout" in type(layer).__name__ and hasattr(layer, "rate")


def add_dropout(run: Run, rate: float) -> Run:
    """See `fixes.add_dropout`."""
    hidden = _ids(_hidden(run.model, (layers.Dense,)))
    return edited(run, Edit(after=lambda layer: [layers.Dropout(rate, seed=1)] if id(layer) in hidden else []))


def add_batchnorm(run: Run) -> Run:
    """See `fixes.add_batchnorm`."""
    hidden = _ids(_hidden(run.model, (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D)))
    return edited(run, Edit(after=lambda layer: [layers.BatchNormalization(momentum=0.9)] if id(layer) in hidden else []))


def _hidden(model: Any, kinds: tuple[type, ...]) -> list[Any]:
    ends = _ids(tails(model))
    return [layer for layer in weighted_layers(model) if isinstance(layer, kinds) and id(layer) not in ends]


def scale_regularization(run: Run, factor: float) -> Run:
    """See `fixes.remove_regularization`."""

    def change(layer: Any, config: Config) -> None:
        for key, value in config.items():
            if key.endswith("_regularizer") and value:
                config[key] = _weaker(value, factor)
        if isinstance(layer, layers.ActivityRegularization):
            config.update({k: config[k] * factor for k in ("l1", "l2") if k in config})

    def settings(given: Settings) -> Settings:
        optimizer = given["optimizer"]
        decay = getattr(getattr(optimizer, "inner_optimizer", optimizer), "weight_decay", None)
        return {**given, "optimizer": copy_optimizer(optimizer, weight_decay=decay * factor or None)} if decay else given

    return edited(run, Edit(config=change), settings)


def _weaker(value: Any, factor: float) -> Any:
    """A serialised regulariser with its factors multiplied; None when nothing is left of it."""
    config = value.get("config") if isinstance(value, dict) else None
    if not factor or not isinstance(config, dict) or not any(isinstance(config.get(k), float) for k in ("l1", "l2", "factor")):
        return None
    return {**value, "config": {k: v * factor if isinstance(v, float) else v for k, v in config.items()}}


def fix_batchnorm(run: Run) -> Run:
    """See `fixes.fix_batchnorm`."""
    misplaced = _ids(_behind_head(run.model))

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.BatchNormalization):
            config.update(momentum=min(0.9, config.get("momentum", 0.9)) if config.get("momentum", 0.9) > 0.5 else 0.9)
            config.update(axis=-1, epsilon=min(config.get("epsilon", 1e-3), 1e-3), center=True, scale=True)
            config.update(gamma_initializer="ones", beta_initializer="zeros", trainable=True)

    def reset(layer: Any) -> bool:
        return isinstance(layer, layers.BatchNormalization) and layer.trainable

    return edited(run, Edit(config=change, drop=lambda layer: id(layer) in misplaced, reset=reset))


def _behind_head(model: Any) -> list[Any]:
    """BatchNormalization layers between the last weights and the output."""
    if not isinstance(model, keras.Sequential):
        chains = [_backwards(tensor) for tensor in getattr(model, "outputs", [])]
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


def resize(run: Run, factor: float) -> Run:
    """See `fixes.widen` and `fixes.narrow`. Layers whose widths are tied to each other (additions) all change alike."""
    ends = _ids(tails(run.model))
    hidden = {id(layer): layer for layer in weighted_layers(run.model) if id(layer) not in ends}
    inner = {id(getattr(layer, "layer", layer)) for layer in hidden.values()} | {
        id(getattr(w, "backward_layer", w)) for w in hidden.values()
    }

    def change(layer: Any, config: Config) -> None:
        if id(layer) in hidden or id(layer) in inner:
            for key in ("units", "filters"):
                if isinstance(config.get(key), int):
                    config[key] = max(2, round(config[key] * factor))

    if not hidden:
        raise UnsupportedError("the model has no hidden layer to resize; add one")
    return edited(run, Edit(config=change))


def add_hidden_layer(run: Run, units: int | None) -> Run:
    """See `fixes.add_hidden_layer`."""
    heads = _ids([layer for layer in tails(run.model) if width_of(layer) is not None])
    widths = [width_of(layer) or 0 for layer in weighted_layers(run.model) if id(layer) not in heads]
    width = units or max(32, min(256, max(widths, default=0)))

    def before(layer: Any) -> list[Any]:
        return [layers.Dense(width, activation="relu", kernel_initializer="he_uniform")] if id(layer) in heads else []

    return edited(run, Edit(before=before))


def flatten_before_head(run: Run) -> Run:
    """See `fixes.flatten_before_head`."""
    order = weighted_layers(run.model)
    heads = [layer for layer in tails(run.model) if width_of(layer) is not None]
    first = order.index(heads[0]) if heads and heads[0] in order else len(order)
    while first > 0 and isinstance(order[first - 1], layers.Dense):  # the Dense layers in front of the head belong to it
        first -= 1
    target = order[first] if first < len(order) else None
    if target is None:
        raise UnsupportedError("the model has no Dense layer to flatten for")
    return edited(run, Edit(before=lambda layer: [layers.Flatten()] if layer is target else []))


def set_embedding_size(run: Run, input_dim: int, names: Sequence[str] | None) -> Run:
    """See `fixes.set_embedding_size`."""
    chosen = _chosen(names)

    def change(layer: Any, config: Config) -> None:
        if isinstance(layer, layers.Embedding) and chosen(layer):
            config["input_dim"] = max(int(input_dim), config["input_dim"])

    return edited(run, Edit(config=change))


def unfreeze(run: Run, names: Sequence[str] | None) -> Run:
    """See `fixes.unfreeze`."""
    result = edited(run, None, thaw=True)
    chosen = _chosen(names)
    settings = compile_settings(result)
    with undisturbed():
        result.model._trainable = True
        for layer in result.model._flatten_layers(include_self=False):
            if isinstance(layer, layers.InputLayer) or not (names is None or chosen(layer)):
                continue
            if isinstance(layer, keras.Model):
                layer.trainable = True
            else:
                layer.trainable = layer.trainable or not _adapts(layer)
        if names is not None:  # a frozen model keeps its layers frozen
            for layer in result.model._flatten_layers(include_self=False):
                if isinstance(layer, keras.Model) and any(chosen(part) for part in layer._flatten_layers(include_self=False)):
                    layer._trainable = True
        if settings is not None:
            _compile(result.model, settings)
    return result


def recompile(run: Run) -> Run:
    """See `fixes.recompile`."""
    return edited(run, None, thaw=True)


# ---------------------------------------------------------------- edits: optimizer and fit


def set_learning_rate(run: Run, rate: float) -> Run:
    """See `fixes.set_learning_rate`."""

    def change(settings: Settings) -> Settings:
        return {**settings, "optimizer": copy_optimizer_at(settings["optimizer"], rate)}

    return edited(run, None, change)


def copy_optimizer_at(optimizer: Any, rate: float) -> Any:
    """A copy with a constant rate in place of any schedule."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    config = {**inner.get_config(), "learning_rate": float(rate)}
    new = type(inner).from_config(config)
    return new if inner is optimizer else type(optimizer)(new)


def replace_optimizer(run: Run, name: str, rate: float | None) -> Run:
    """See `fixes.replace_optimizer`."""

    def change(settings: Settings) -> Settings:
        config: Config = {"learning_rate": float(rate)} if rate else {}
        return {**settings, "optimizer": keras.optimizers.get({"class_name": name, "config": config})}

    return edited(run, None, change)


def clip_gradients(run: Run, norm: float) -> Run:
    """See `fixes.clip_gradients`."""

    def change(settings: Settings) -> Settings:
        clipped = copy_optimizer(settings["optimizer"], clipnorm=None, clipvalue=None, global_clipnorm=float(norm))
        return {**settings, "optimizer": clipped}

    return edited(run, None, change)


def add_early_stopping(run: Run, patience: int) -> Run:
    """See `fixes.add_early_stopping`. A run of arrays without validation gets a validation part of one fifth."""
    result = fresh(run)
    arguments = result.fit_arguments
    others = [c for c in arguments.get("callbacks") or () if not isinstance(c, keras.callbacks.EarlyStopping)]
    validates = arguments.get("validation_data") is not None or arguments.get("validation_split")
    if not validates and run.y is not None:
        result, validates = result.with_fit(validation_split=0.2), True
    monitor = "val_loss" if validates else "loss"
    stop = keras.callbacks.EarlyStopping(monitor=monitor, patience=patience, restore_best_weights=True)
    return result.with_fit(callbacks=[*others, stop])
