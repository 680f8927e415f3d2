"""`Waiting`: which share of the steps' time was spent on waiting for data (is the training bound by its input?)."""

from __future__ import annotations

import time
from typing import Any

from keras_magic.errors import EvidenceError
from keras_magic.keras_adapter.tf_graph import out_of_turn
from keras_magic.watch import backends

WRAP = 1024.0  # seconds; the clock in the step is read modulo this, as float32 then still resolves 0.06 ms


class Waiting:
    """Sums up the waits of measured steps.

    On TensorFlow a step fetches its own batch: a clock in the step measures when the batch was there (the
    dispatch of the step is in it, which shows in steps of about a millisecond). On JAX and torch the batch
    is fetched between two steps: there the pause counts, other callbacks' work after a batch included.

    Attributes:
        pauses: whether it is the pauses that tell.
    """

    def __init__(self) -> None:
        self.waited = self.total = 0.0
        self.steps = 0
        self._armed: float | None = None
        self._left: float | None = None
        self.pauses = backends.name() != "tensorflow"

    def rest(self) -> None:
        """An epoch begins: the pause before its first step is no waiting for data."""
        self._armed = self._left = None

    def arm(self) -> None:
        """A step is about to begin."""
        now = time.perf_counter()
        if self._left is not None and self._armed is not None:
            self.add(now - self._left, now - self._armed)
        self._armed = now

    def leave(self) -> None:
        """A step is over, and so is its measuring."""
        self._left = time.perf_counter()

    def arrived(self, clock: float, began: float, seconds: float) -> None:
        """The batch of a step arrived at `clock` (modulo `WRAP`); the step began at `began` and took so many seconds."""
        waited = (clock - began) % WRAP
        self.add(0.0 if waited > WRAP / 2 else min(waited, seconds), seconds)

    def add(self, waited: float, of: float) -> None:
        """One step's wait, and the step's time with it."""
        self.waited += waited
        self.total += of
        self.steps += 1

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None before a step was measured."""
        return self.waited / self.total if self.steps and self.total > 0 else None


def clock(model: Any, data: Any) -> Any:
    """The time at which `data` is there, as a value of the step; None where pauses between steps tell.

    Raises:
        EvidenceError: the step can't tell.
    """
    if backends.name() != "tensorflow":
        return None
    if model.jit_compile:
        raise EvidenceError("the step is compiled by XLA, which has no clock")
    if int(model.steps_per_execution) > 1:
        raise EvidenceError("several steps run in one execution, and their batches arrive within it")
    if backends.replicas(model) > 1:
        raise EvidenceError("each replica waits for its own part of the batch")
    import keras
    import tensorflow as tf

    if tf.executing_eagerly():  # the batch came before the step: `TappedStep.run` has the time
        return None
    leaves = [leaf for leaf in keras.tree.flatten(data) if tf.is_tensor(leaf)]
    with out_of_turn(), tf.control_dependencies(leaves):
        return tf.timestamp()


def within_wrap(clock: Any) -> Any:
    """The time modulo `WRAP`, which a float32 can hold."""
    return clock % WRAP
