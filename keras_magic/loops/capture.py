"""See each update of a loop without `fit`: patch the classes that all loops pass through, for the duration of a `with`."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from keras_magic.keras_adapter import jax_functions
from keras_magic.keras_adapter.compiled import crossentropy_module
from keras_magic.loops.recorder import Recorder
from keras_magic.watch.capture import inside_fit

_MISSING = object()
_lock = threading.Lock()
_recorders: list[Recorder] = []  # the last one is in charge; contexts may end in any order
_patches: list[_Patch] = []
_handles: list[Any] = []  # of hooks that a library offers


@dataclass(frozen=True)
class _Patch:
    """One attribute of a class (or module) that is replaced; `before` is what it had itself, or _MISSING where it inherited."""

    owner: Any
    name: str
    before: Any
    ours: Any


@contextmanager
def capture_loops(recorder: Recorder) -> Iterator[None]:
    """Tell `recorder` of every update outside of `fit` that this thread makes inside the `with`.

    Inside an outermost `fit` nothing is recorded: the fit is watched by itself. Other threads are left alone.
    """
    with _lock:
        if not _recorders:
            _install()
        _recorders.append(recorder)
    recorder.start()
    try:
        with recorder.assignments.hearing():
            yield
    finally:
        recorder.stop()
        with _lock:
            _recorders.remove(recorder)
            if not _recorders:
                _remove()


def _in_charge() -> Recorder | None:
    recorder = _recorders[-1] if _recorders else None
    if recorder is None or recorder.thread != threading.get_ident() or inside_fit():
        return None
    return recorder


def _install() -> None:
    for owner, name, hook in _points():
        before = owner.__dict__.get(name, _MISSING)
        ours = _wrapped(getattr(owner, name), hook)
        _patches.append(_Patch(owner, name, before, ours))
        setattr(owner, name, ours)
    _handles.extend(_hooks())


def _remove() -> None:
    """Take the patches away; where someone has patched on top of one, ours stays underneath and only passes on."""
    while _handles:
        _handles.pop().remove()
    while _patches:
        patch = _patches.pop()
        if patch.owner.__dict__.get(patch.name) is not patch.ours:
            continue
        if patch.before is _MISSING:
            delattr(patch.owner, patch.name)
        else:
            setattr(patch.owner, patch.name, patch.before)


def _wrapped(original: Callable[..., Any], hook: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        recorder = _in_charge()
        if recorder is None:
            return original(*args, **kwargs)
        return getattr(recorder, hook)(original, args, kwargs)

    return call


def _points() -> Iterator[tuple[Any, str, str]]:
    """(class or module, function in it, method of the recorder): where every loop passes."""
    import keras

    yield keras.Model, "__call__", "on_call"
    yield keras.Model, "train_on_batch", "on_train_on_batch"
    yield keras.losses.Loss, "__call__", "on_loss"
    yield _defining(keras.optimizers.Optimizer, "apply"), "apply", "on_apply"
    yield from _metric_points(keras.metrics.Metric)
    yield from _crossentropies()
    yield from {"tensorflow": _tensorflow_points, "torch": _torch_points, "jax": _jax_points}[keras.backend.backend()]()


def _tensorflow_points() -> Iterator[tuple[Any, str, str]]:
    import tensorflow as tf

    yield tf.GradientTape, "__enter__", "on_tape_enter"
    yield tf.GradientTape, "__exit__", "on_tape_exit"
    yield tf.GradientTape, "gradient", "on_gradient"
    yield type(tf.function(lambda: None)), "__call__", "on_function"
    yield _defining(tf.data.Dataset, "__iter__"), "__iter__", "on_iterate"


def _torch_points() -> Iterator[tuple[Any, str, str]]:
    import torch

    yield torch.Tensor, "backward", "on_backward"
    yield torch.autograd, "grad", "on_torch_grad"
    yield torch.utils.data.DataLoader, "__iter__", "on_iterate"


def _jax_points() -> Iterator[tuple[Any, str, str]]:
    import keras

    yield _defining(keras.Model, "stateless_call"), "stateless_call", "on_stateless_call"
    yield _defining(keras.optimizers.Optimizer, "stateless_apply"), "stateless_apply", "on_stateless_apply"
    yield from ((module, name, "on_run") for module, name in jax_functions.running())
    yield from ((module, name, "on_vjp") for module, name in jax_functions.differentiating())


def _crossentropies() -> Iterator[tuple[Any, str, str]]:
    """The backend's functions that all of Keras' cross-entropies come to, where this Keras keeps them in one module."""
    module = crossentropy_module()
    for name in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"):
        if hasattr(module, name):
            yield module, name, "on_crossentropy"


def _metric_points(base: type) -> Iterator[tuple[type, str, str]]:
    """Keras' metrics each define their own methods, so that each class is patched where it does."""
    todo, seen = [base], set()
    while todo:
        kind = todo.pop()
        if kind in seen:
            continue
        seen.add(kind)
        todo += kind.__subclasses__()
        yield from ((kind, name, f"on_metric_{name}") for name in ("result", "reset_state") if name in vars(kind))


def _defining(kind: type, name: str) -> type:
    return next(base for base in kind.__mro__ if name in vars(base))


def _hooks() -> Iterator[Any]:
    """Handles of the hooks that torch calls around each step of its own optimizers, and JAX after each compiled function."""
    import keras

    if keras.backend.backend() == "jax":

        def ran(function: Any, args: Any, kwargs: Any, result: Any) -> None:
            recorder = _in_charge()
            if recorder is not None:
                recorder.on_jitted(function, args, kwargs, result)

        yield jax_functions.CompiledHook(ran)
    if keras.backend.backend() != "torch":
        return
    from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

    def hook(what: str) -> Callable[..., None]:
        def hook(optimizer: Any, args: Any, kwargs: Any) -> None:
            recorder = _in_charge()
            if recorder is not None:
                getattr(recorder, what)(optimizer)

        return hook

    yield register_optimizer_step_pre_hook(hook("torch_step_begins"))
    yield register_optimizer_step_post_hook(hook("torch_step_ends"))
