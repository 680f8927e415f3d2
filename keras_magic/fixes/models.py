"""Copies of the user's models, changed or not, with weights and compile settings; the user's own are never touched.

Sequential and functional models (nested, with shared layers, several inputs and outputs, custom layers) are rebuilt layer by
layer; subclassed ones are copied whole, so that only data, compile and fit can be changed for them. A copy starts from the run's
initial weights wherever a layer kept its shapes, and is compiled with fresh copies of the optimizer, losses and metrics.
"""

from __future__ import annotations

import contextlib
import copy
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_magic.errors import UnsupportedError, UsageError, summary_of
from keras_magic.fixes import graph
from keras_magic.fixes.rebuild import Edit, not_copied, rebuild
from keras_magic.keras_adapter import compiled
from keras_magic.keras_adapter.layers import flattened
from keras_magic.keras_adapter.optimizer import copy_exclusions, given_rate, innermost, updated_variables
from keras_magic.run import Run
from keras_magic.sources.batches import sample_rows
from keras_magic.watch import snapshot

Settings = dict[str, Any]


# ---------------------------------------------------------------- copies


def fresh(run: Run) -> Run:
    """The run with a model copy of its own at the initial weights."""
    return edited(run)


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
        model, pairs, found = rebuild(run.model, edit or Edit())
        if edit is not None and settings is None and not found:
            raise UnsupportedError("the model has no layer that this changes, as far as its layers can be reached; see .code")
        if run.model.built:
            _build(model, run)
            if not graph.is_model(model) and not _same_shapes(model, run.model, exactly=edit is None):
                raise not_copied(run.model, "its constructor's arguments are not known")
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
            duplicate = copy.copy(callback)
        except Exception as error:
            raise UnsupportedError(f"the callback {type(callback).__name__} cannot be copied: {summary_of(error)}") from error
        for name, value in vars(callback).items():
            if name in ("_model", "model"):
                vars(duplicate)[name] = None
            elif isinstance(value, (list, dict, set)):
                vars(duplicate)[name] = copy.copy(value)
        copies.append(duplicate)
    return copies


# ---------------------------------------------------------------- weights


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
        rate: the learning rate to start with in place of the present one (callbacks may have changed it).
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
