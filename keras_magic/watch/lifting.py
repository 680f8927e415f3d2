"""Trace a train step once: variables that it makes while it is traced are made outside its graph.

TensorFlow traces a function a second time where the first trace made variables, and Keras makes an optimizer's slots and a metric's
counts within the first training step: of a deep network the two traces are most of a short first fit. What the second trace would
see, the first one sees too, but for what Python code of the user's leaves behind each time that it runs: then it runs twice here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from keras_magic.keras_adapter.layers import flattened
from keras_magic.keras_adapter.optimizer import innermost

OUTSIDE = {"experimental_enable_variable_lifting": False}  # TensorFlow's function does not take the variable for its own


class TracedOnce(Exception):
    """The step's Python left something behind, so that a second trace, which plain training makes, would see something else."""


class Lifting:
    """What was made while one step is traced.

    Attributes:
        lifted: variables that were made outside; kept: those that TensorFlow's function made, for which it traces again by itself.
    """

    def __init__(self, model: Any) -> None:
        self.lifted = self.kept = 0
        self._model = model
        self._lifts = False
        self._before = self._left_behind()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around the whole step.

        Raises:
            TracedOnce: see there.
        """
        import tensorflow as tf

        with tf.variable_creator_scope(self._make):
            yield
        if self.lifted and not self.kept and self._left_behind() != self._before:
            raise TracedOnce

    @contextmanager
    def lifting(self) -> Iterator[None]:
        """Around what makes only variables whose first values are constants."""
        self._lifts = True
        try:
            yield
        finally:
            self._lifts = False

    def _make(self, make: Any, **settings: Any) -> Any:
        """TensorFlow's hook: `make` is what would make the variable otherwise."""
        import tensorflow as tf

        if self._lifts and callable(settings.get("initial_value")):
            try:
                with tf.init_scope():
                    variable = make(**{**settings, **OUTSIDE})
            except Exception:  # it is made as usual, then
                pass
            else:
                self.lifted += 1
                return variable
        self.kept += 1
        return make(**settings)

    def _left_behind(self) -> tuple[Any, ...]:
        """Random state, and counters and flags that the user's own layers keep in Python."""
        own = (thing for thing in (self._model, *flattened(self._model)) if not type(thing).__module__.startswith("keras."))
        marks = {
            (id(thing), name): value
            for thing in own
            for name, value in vars(thing).items()
            if isinstance(value, (int, float, str)) and not isinstance(value, bool)
        }
        numpy = [part.tobytes() if isinstance(part, np.ndarray) else part for part in np.random.get_state()]  # noqa: NPY002 - users'
        return random.getstate(), numpy, marks


def builds_apart(optimizer: Any) -> bool:
    """Whether an optimizer is yet to be built, and a step that was traced before that is the same as one traced after it: one
    that scales the loss is asked before, and an optimizer of the user's own may do anything."""
    return not optimizer.built and innermost(optimizer) is optimizer and type(optimizer).__module__.startswith("keras.")


def build_as_apply_does(optimizer: Any, variables: list[Any]) -> None:
    """Build an optimizer on these variables, under the names that its `apply` gives."""
    with keras.name_scope(optimizer.name, caller=optimizer):
        optimizer.build(variables)
