"""Gradients that a `train_step` of the user's own gathers in variables: is there anything that clears them?

While a `fit` runs, the assignments to variables of TensorFlow and Keras are noted in Python: each once, where a compiled step is
traced. The operations of the graph say from which variables the optimizer's gradients are read. The graph stays the user's.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import keras
import numpy as np

from keras_magic.interrupts import in_one_piece
from keras_magic.keras_adapter.layers import backend_value
from keras_magic.keras_adapter.tf_graph import summands

_lock = threading.Lock()
_hearing: list[Assignments] = []
_patches: list[tuple[type, str, Callable[..., Any]]] = []
_local = threading.local()


@dataclass(eq=False)
class Assignments:
    """What was assigned to variables, and from which of them an optimizer's gradients are read.

    Attributes:
        added: id of a variable's handle -> the variable, of those that were added to; replaced: ids of handles of those that were
            assigned to otherwise; read: id of a trained variable -> (the variable, handle of the one its gradient is read from).
    """

    added: dict[int, Any] = field(default_factory=dict)
    replaced: set[int] = field(default_factory=set)
    read: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Hear of the assignments inside the `with`, in any thread; elsewhere than on TensorFlow of none."""
        try:
            with in_one_piece(), _lock:
                if not _hearing and keras.backend.backend() == "tensorflow":
                    _install()
                _hearing.append(self)
            yield
        finally:
            with in_one_piece(), _lock:
                if self in _hearing:
                    _hearing.remove(self)
                if not _hearing:
                    _remove()

    def note(self, variable: Any, adds: bool) -> None:
        """A variable was assigned to."""
        inner = backend_value(variable) if isinstance(variable, keras.Variable) else variable
        handle = getattr(inner, "handle", None)
        if handle is None:
            return
        if adds:
            self.added[id(handle)] = inner
        else:
            self.replaced.add(id(handle))

    def applied(self, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
        """An optimizer was given these gradients in a graph: note which of them are what one variable holds, perhaps divided."""
        for gradient, variable in zip(gradients, variables, strict=False):
            given = backend_value(gradient) if isinstance(gradient, keras.Variable) else gradient
            terms = summands(given, ()) or []
            if len(terms) == 1 and terms[0].handle is not None:
                self.read[id(variable)] = variable, terms[0].handle

    def never_cleared(self, among: Collection[int] = (), name: Callable[[Any], str] = attrgetter("path")) -> tuple[str, ...]:
        """Names of the trained variables whose gradients are read from a variable that was only ever added to, and is not zero.

        Args:
            among: ids of the variables that are asked for, all where there are none.
        """
        found = []
        for key, (variable, handle) in self.read.items():
            source = self.added.get(id(handle)) if not among or key in among else None
            if source is not None and id(handle) not in self.replaced and np.any(source.numpy()):
                found.append(name(variable))
        return tuple(found)


def _install() -> None:
    import tensorflow as tf

    for kind, name in dict.fromkeys(_points()):
        original = vars(kind)[name]
        setattr(kind, name, tf.autograph.experimental.do_not_convert(_noting(original, adds=name == "assign_add")))
        _patches.append((kind, name, original))


def _remove() -> None:
    while _patches:
        kind, name, original = _patches.pop()
        setattr(kind, name, original)


def _noting(original: Callable[..., Any], adds: bool) -> Callable[..., Any]:
    @functools.wraps(original)
    def noted(variable: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(_local, "inside", False):  # Keras' variables assign to TensorFlow's
            return original(variable, *args, **kwargs)
        _local.inside = True
        try:
            for assignments in list(_hearing):
                assignments.note(variable, adds)
            return original(variable, *args, **kwargs)
        finally:
            _local.inside = False

    return noted


def _points() -> Iterator[tuple[type, str]]:
    import tensorflow as tf

    todo: list[type] = [tf.Variable]
    todo += [next(base for base in keras.Variable.__mro__ if "assign_add" in vars(base))]
    while todo:
        kind = todo.pop()
        todo += type.__subclasses__(kind)
        yield from ((kind, name) for name in ("assign", "assign_add", "assign_sub") if name in vars(kind))
