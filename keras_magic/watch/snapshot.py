"""Snapshots that save and restore everything that training changes, in memory, bit for bit.

>>> with preserved(model):
...     model.fit(x, y)          # weights, optimizer, metrics and random state are as before afterwards, however it ends
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from keras_magic.errors import RestoreError, UnsupportedError, UsageError, summary_of
from keras_magic.keras_adapter import compiled
from keras_magic.keras_adapter import layers as layers_of
from keras_magic.keras_adapter import random_state as keras_random
from keras_magic.keras_adapter.optimizer import tracked_ids
from keras_magic.keras_adapter.variables import assign_copy

_MISSING = object()

Undo = Callable[[], None]


def copy_values(variables: Iterable[Any], *, zeros: bool = True) -> list[tuple[Any, Any]]:
    """(variable, copy of its value on its own device) for each Keras variable.

    Args:
        zeros: copy what is 0 everywhere, too; else it is noted as None, which needs no memory.
    """
    from keras import ops

    return [(v, ops.copy(v.value) if zeros or bool(ops.any(v.value)) else None) for v in variables]


def put_back(values: Iterable[tuple[Any, Any]]) -> None:
    """Assign the values of `copy_values` to their variables."""
    from keras import ops

    for variable, value in values:
        assign_copy(variable, ops.zeros_like(variable.value) if value is None else value)


def model_variables(model: Any) -> list[Any]:
    """Every variable that a training step of `model` can change: weights, statistics, seeds, metrics; each once, no optimizer."""
    found = [*model.variables, *(v for m in model.metrics for v in m.variables)]
    return list({id(v): v for v in found}.values())


def random_state() -> Undo:
    """Remember the random state of python, numpy, Keras, tensorflow and torch; the returned function puts it back."""
    state = random.getstate()
    undo: list[Undo] = [lambda: random.setstate(state)]
    if "numpy" in sys.modules:
        import numpy as np

        numpy_state = np.random.get_state()  # noqa: NPY002 - the state that Keras itself and users draw from
        undo.append(lambda: np.random.set_state(numpy_state))  # noqa: NPY002
    undo += [remember() for name, remember in _RANDOM_STATES.items() if name in sys.modules]

    def undo_all() -> None:
        for step in undo:
            step()

    return undo_all


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put random states and Keras' counters of names back after work of ours: layers of the user's may draw when called."""
    undo = [random_state(), keras_random.name_counters()]
    try:
        yield
    finally:
        for step in undo:
            step()


def _torch_random() -> Undo:
    import torch

    state = torch.get_rng_state()
    return lambda: torch.set_rng_state(state)


_RANDOM_STATES = {
    "keras": keras_random.keras_generator,
    "tensorflow": keras_random.tensorflow_generators,
    "torch": _torch_random,
}


def _attributes(thing: Any, names: Iterable[str] | None = None) -> Undo:
    """Remember attributes of an object (all, with the contents of containers, or those of `names` by reference)."""
    state = thing.__dict__
    saved = {n: state.get(n, _MISSING) for n in (state if names is None else names)}
    containers = [c for v in saved.values() for c in _containers(v)] if names is None else []
    contents = [(c, kind.copy(c)) for c, kind in containers]

    def undo() -> None:
        for name in list(state) if names is None else names:
            value = saved.get(name, _MISSING)
            if value is _MISSING:
                state.pop(name, None)
            else:
                state[name] = value
        for container, content in contents:
            _refill(container, content)

    return undo


_FILL: dict[Any, Callable[[Any, Any], None]] = {list: list.extend, dict: dict.update, set: set.update}


def _containers(value: Any) -> list[tuple[Any, Any]]:
    """(container, plain kind) of a value that is one; tensorflow's wrappers keep their contents once more inside."""
    return [(c, kind) for c in keras_random.tracked_contents(value) for kind in _FILL if isinstance(c, kind)]


def _refill(container: Any, content: Any) -> None:
    """Give a container its old contents; Keras' tracking wrappers must not track again."""
    kind = next(k for k in _FILL if isinstance(container, k))
    kind.clear(container)
    _FILL[kind](container, content)


def _optimizer(optimizer: Any) -> Undo:
    """Remember an optimizer: slots, iteration, rate or schedule; a fresh one becomes unbuilt again."""
    values = copy_values(optimizer.variables)
    undo_ids = [(ids, set(ids)) for ids in tracked_ids(optimizer)]
    undo_attributes = _attributes(optimizer)
    inner = optimizer.__dict__.get("inner_optimizer")
    undo_inner = _optimizer(inner) if inner is not None else None

    def undo() -> None:
        undo_attributes()
        for ids, before in undo_ids:
            _refill(ids, before)
        if undo_inner is not None:
            undo_inner()
        put_back(values)

    return undo


def _optimizers(model: Any) -> list[Any]:
    """The compiled optimizer and those that a subclassed model keeps in attributes (GANs have two)."""
    import keras

    found = [model.optimizer, *vars(model).values()]
    return list({id(o): o for o in found if isinstance(o, keras.optimizers.Optimizer)}.values())


def _trainable(model: Any) -> Undo:
    layers = [(layer, layers_of.own_flag(layer)) for layer in (model, *layers_of.flattened(model))]
    flags = [(v, v.trainable) for v in model.variables]

    def undo() -> None:
        for layer, value in layers:
            if layers_of.own_flag(layer) != value:
                layers_of.set_own_flag(layer, value)
        for variable, value in flags:
            if variable.trainable != value:
                variable.trainable = value

    return undo


@dataclass(frozen=True)
class Snapshot:
    """The state of a model and of the random generators at one moment; see `snapshot`.

    Args:
        weights: the model's own variables and copies of their values.
    """

    steps: tuple[tuple[str, Undo], ...]
    weights: Sequence[tuple[Any, Any]] = ()

    def restore(self) -> None:
        """Put everything back; may be called more than once.

        Raises:
            RestoreError: names what could not be put back; everything else is restored.
        """
        failed = []
        for name, step in self.steps:
            try:
                step()
            except Exception as error:
                failed.append(f"{name} ({type(error).__name__}: {error})")
        if failed:
            raise RestoreError("could not restore " + "; ".join(failed))


def snapshot(model: Any, untouched: Any = None) -> Snapshot:
    """Remember what training could change.

    Weights, non-trainable state, seed generators, metrics, trainable flags; optimizers with slots, iteration and rate or
    schedule object; compiled functions and settings, `stop_training`; the random state of python, numpy, Keras, tensorflow
    and torch. One copy of the state, in memory, on the variables' devices.

    Args:
        model: a built `keras.Model` (see `ensure_built`), compiled or not. Weights created later are not taken back.
        untouched: an optimizer that nobody will use: only the reference to it is kept.
    """
    values = copy_values(model_variables(model))
    # attributes first: an optimizer that was exchanged must be back before its variables are
    steps: list[tuple[str, Undo]] = [("compile settings", _attributes(model, compiled.ATTRIBUTES))]
    steps += [(f"optimizer {o.name}", _optimizer(o)) for o in _optimizers(model) if o is not untouched]
    steps += [("weights", lambda: put_back(values)), ("trainable flags", _trainable(model)), ("random state", random_state())]
    return Snapshot(tuple(steps), values)


@contextmanager
def preserved(model: Any, untouched: Any = None) -> Iterator[Snapshot]:
    """Restore `model` and the random state on any exit: normal end, exception or interrupt; `untouched` as for `snapshot`."""
    before = snapshot(model, untouched)
    try:
        yield before
    finally:
        before.restore()


def ensure_built(model: Any, batch: tuple[Any, ...]) -> None:
    """Create the variables of a model that was not built yet, from one batch, without training it.

    The random state then is what it would be after Keras had built it. The optimizer stays as it is.

    Args:
        batch: numpy trees (x, y) or (x, y, sample_weight).

    Raises:
        UsageError: the model cannot be called on this batch.
    """
    state = model.__dict__
    optimizer = state.get("optimizer")
    state["optimizer"] = None  # it would be built as well
    try:
        compiled.build_symbolically(model, batch)
    except Exception as error:
        _without_call(model, error)
        raise UsageError(f"the model cannot be built on this data: {summary_of(error)}") from error
    finally:
        state["optimizer"] = optimizer


def _without_call(model: Any, error: Exception) -> None:
    import keras

    kind = type(model)
    if kind.call in (keras.Model.call, keras.layers.Layer.call):
        words = f"{kind.__name__} defines no call(), so Keras cannot build it before it is trained"
        raise UnsupportedError(f"{words}; add a call() that returns the outputs") from error
