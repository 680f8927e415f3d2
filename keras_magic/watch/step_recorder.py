"""`StepRecorder`: while a train step is traced (or runs eagerly), note what passes through layers, loss and optimizer.

Instance attributes shadow the methods only while the step's Python runs; a compiled step that is called again installs
nothing. What was noted is measured after the step, outside the gradient tape.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import prod
from typing import Any

import keras

from keras_magic.keras_adapter.optimizer import momentum_slots, present_rate, updated_variables
from keras_magic.watch import backends
from keras_magic.watch.gathered import Assignments
from keras_magic.watch.layers import named_layers, operations, passes_on
from keras_magic.watch.lifting import Lifting, build_as_apply_does, builds_apart
from keras_magic.watch.neutral import Reader

_local = threading.local()  # a distribution strategy traces each replica in a thread of its own


@dataclass
class Applied:
    """One `optimizer.apply`: lists of equal length (`before` is None but for kernels).

    scale: the factor by which the gradients are scaled up, None where they are not; dynamic: it adapts to their overflow.
    momenta: gives the gradients where they can't be read themselves, and of each whether it could not be read: `unreadable`.
    """

    variables: list[Any]
    gradients: list[Any]
    before: list[Any]
    after: list[Any] = field(default_factory=list)
    scale: Any = None
    dynamic: bool = False
    momenta: Callable[[], list[tuple[Any, Any]]] | None = None
    unreadable: list[Any] = field(default_factory=list)

    def settle(self) -> None:
        """Read what the optimizer has left; in a graph only once it is clear where the reading belongs (perhaps in a branch)."""
        if self.momenta is not None:
            self.gradients, self.unreadable = (list(read) for read in zip(*self.momenta(), strict=True))
        self.after = [_kernel_sample(v) if is_kernel(v) else backends.read(v) for v in self.variables]


@dataclass
class StepRecord:
    """What the taps noted during one train step, in the order in which it happened."""

    graph: Any
    layers: dict[str, Any]
    activations: dict[str, Any] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    losses: list[Any] = field(default_factory=list)
    tracked: list[Any] = field(default_factory=list)
    trackers: list[Any] = field(default_factory=list)
    lifting: Lifting | None = None
    assignments: Assignments | None = None
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.read = Reader(self.graph)

    def constants(self) -> AbstractContextManager[None]:
        """Around what makes variables that start as constants, if it makes any."""
        return self.lifting.lifting() if self.lifting is not None else nullcontext()

    @property
    def owners(self) -> dict[int, str]:
        """id of a variable -> the name of its layer."""
        return {id(v): name for name, layer in self.layers.items() for v in layer.weights}


class StepRecorder:
    """Context manager around one run of the train step's Python; gives `StepRecord`. Threads may be inside at the same time.

    Args:
        forward: whether to note what layers and losses put out; updates: whether to note gradients, updates and tracked losses.
    """

    def __init__(self, model: Any, *, forward: bool = True, updates: bool = True) -> None:
        self._model = model
        self._forward, self._updates = forward, updates
        self._lock = threading.Lock()
        self._inside = 0
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> StepRecord:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                try:
                    self._install()
                except BaseException:
                    self._inside -= 1
                    self._remove()
                    raise
        _local.seen = StepRecord(backends.current_graph(), {})
        return _local.seen

    def __exit__(self, *exception: object) -> None:
        _local.seen.layers = named_layers(self._model)  # now: a deferred model has its layers only after the first call
        _local.seen = None
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._remove()

    def _install(self) -> None:
        if self._forward:
            self._install_forward(self._model)
        if self._updates:
            self._install_updates(self._model)

    def _install_forward(self, model: Any) -> None:
        for name, layer in {**named_layers(model), **operations(model)}.items():
            if not passes_on(layer):
                self._shadow(layer, "call", _noting_call(layer.call, name))
        self._shadow(model, "compute_loss", _noting_loss(model.compute_loss))
        self._shadow(model, "compute_metrics", _lifting_metrics(model.compute_metrics))

    def _install_updates(self, model: Any) -> None:
        for tracker in _loss_trackers(model):
            self._shadow(tracker, "update_state", _noting_tracked(tracker, tracker.update_state))
        for optimizer in _optimizers(model):
            self._shadow(optimizer, "apply", _noting_apply(optimizer, optimizer.apply))

    def _shadow(self, target: Any, attribute: str, replacement: Any) -> None:
        """Set an instance attribute past Keras' tracking, and remember how to take it back."""
        own = vars(target)
        if attribute in own:
            self._undo.append(functools.partial(object.__setattr__, target, attribute, own[attribute]))
        else:
            self._undo.append(functools.partial(object.__delattr__, target, attribute))
        object.__setattr__(target, attribute, replacement)

    def _remove(self) -> None:
        while self._undo:
            self._undo.pop()()


def _optimizers(model: Any) -> list[Any]:
    """The model's optimizer and any other that a subclass holds (a GAN has two)."""
    held = [model.optimizer, *vars(model).values()]
    found = {id(o): o for o in held if isinstance(o, keras.optimizers.Optimizer)}
    return list(found.values())


def _loss_trackers(model: Any) -> list[Any]:
    """Metrics that are given the loss itself: Keras' own tracker and what subclasses call "loss"."""
    return [m for m in model.metrics if isinstance(m, keras.metrics.Mean) and m.name == "loss"]


def _seen() -> StepRecord | None:
    return getattr(_local, "seen", None)


def _noting_call(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(call)
    def noted(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        if (seen := _seen()) is not None:
            seen.activations.setdefault(name, output)
        return output

    return noted


def _noting_loss(compute_loss: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(compute_loss)
    def noted(*args: Any, **kwargs: Any) -> Any:
        if (seen := _seen()) is None:
            return compute_loss(*args, **kwargs)
        with seen.constants():
            loss = compute_loss(*args, **kwargs)
        seen.losses.append(loss)
        return loss

    return noted


def _lifting_metrics(compute_metrics: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(compute_metrics)
    def lifting(*args: Any, **kwargs: Any) -> Any:
        with seen.constants() if (seen := _seen()) is not None else nullcontext():
            return compute_metrics(*args, **kwargs)

    return lifting


def _noting_tracked(tracker: Any, update_state: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(update_state)
    def noted(*args: Any, **kwargs: Any) -> Any:
        if (seen := _seen()) is not None and args:
            seen.tracked.append(args[0])
            seen.trackers.append(tracker)
        return update_state(*args, **kwargs)

    return noted


def _noting_apply(optimizer: Any, apply: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(apply)
    def noted(grads: Any, trainable_variables: Any = None) -> Any:
        seen = _seen()
        if seen is None:
            return apply(grads, trainable_variables)
        grads = list(grads)
        given = None if trainable_variables is None else list(trainable_variables)
        try:
            known = given if given is not None else updated_variables(optimizer)
            if given and seen.lifting is not None and builds_apart(optimizer):
                with seen.constants():
                    build_as_apply_does(optimizer, given)
            scale, dynamic = _scale(optimizer)
            before = [_kernel_sample(v) if is_kernel(v) else None for v in known]
            momenta = _momenta(optimizer, known)
            note = Applied(list(known), grads, before, scale=scale, dynamic=dynamic, momenta=momenta)
        except Exception as error:
            seen.faults.append(f"gradients and updates: {type(error).__name__}: {error}")
            return apply(grads, given)
        result = apply(grads, given)
        try:
            if seen.graph is None:
                note.settle()
            elif seen.assignments is not None:
                seen.assignments.applied(grads, known)
            seen.applied.append(note)
        except Exception as error:
            seen.faults.append(f"gradients and updates: {type(error).__name__}: {error}")
        return result

    return noted


LOST = 1e-5  # of the size of a slot: what a step adds to it beyond that is more than the slot's last bits


def _momenta(optimizer: Any, variables: list[Any]) -> Callable[[], list[tuple[Any, Any]]] | None:
    """For momentum SGD in a graph: a function that, after the step, computes the gradients from the slots; None for all others.

    TensorFlow folds the last operations of a gradient into `momentum * slot - rate * gradient` as long as nobody else reads the
    gradient: a reader would change the last bit of the training. Slots can be read without any effect, and
    gradient = (momentum * slot before - slot after) / rate. Where the rate is 0 or next to it, as at the ends of a schedule,
    the slots do not tell: the gradient is NaN then, and marked as unreadable.
    """
    if type(optimizer) is not keras.optimizers.SGD or backends.current_graph() is None or not optimizer.built:
        return None
    clips = optimizer.clipnorm or optimizer.clipvalue or optimizer.global_clipnorm or optimizer.gradient_accumulation_steps
    if not optimizer.momentum or clips:
        return None
    slots = momentum_slots(optimizer, variables)
    if slots is None:
        return None
    before = [backends.read(slot) for slot in slots]
    rate = present_rate(optimizer)
    rate = backends.read(rate) if isinstance(rate, keras.Variable) else rate

    def read(old: Any, slot: Any) -> tuple[Any, Any]:
        kept, divisor = old * optimizer.momentum, keras.ops.cast(rate, old.dtype)
        added = kept - backends.read(slot)
        lost = backends.half_squares(added) < LOST**2 * backends.half_squares(kept)
        unreadable = keras.ops.logical_or(divisor == 0, lost)
        return keras.ops.where(unreadable, float("nan"), added / divisor), unreadable

    return lambda: [read(old, slot) for old, slot in zip(before, slots, strict=True)]


def _scale(optimizer: Any) -> tuple[Any, bool]:
    """By how much gradients are scaled up when they reach `apply` (mixed precision), and whether overflow is part of the game."""
    if hasattr(optimizer, "dynamic_scale") or hasattr(optimizer, "initial_scale"):
        scale = optimizer.dynamic_scale if optimizer.built else optimizer.initial_scale
        return keras.ops.convert_to_tensor(scale, dtype="float32"), True
    return optimizer.loss_scale_factor, False


SAMPLE = 65536


def is_kernel(variable: Any) -> bool:
    """A matrix or more, of floats: no bias, scale or counter."""
    return len(variable.shape) >= 2 and keras.backend.is_float_dtype(keras.backend.standardize_dtype(variable.dtype))


def _kernel_sample(variable: Any) -> Any:
    """The value of a kernel, of a large one rows at even spacing; a row holds the weights of one input at one place."""
    stride = row_stride(variable.shape)
    if stride == 1:
        return backends.read(variable)
    if backends.name() != "tensorflow":
        return backends.every(keras.ops.reshape(backends.read(variable), (-1, variable.shape[-1])), stride)
    if len(variable.shape) == 2:
        return backends.every(variable.value, stride)
    return backends.rows_of_variable(variable.value, range(0, prod(variable.shape[:-1]), stride))


def row_stride(shape: tuple[int, ...]) -> int:
    """Spacing of rows so that about `SAMPLE` values of a kernel are looked at."""
    rows = prod(shape[:-1])
    return max(1, min(rows // 16, rows * int(shape[-1]) // SAMPLE))
