"""`MeasurementQueue`: where a compiled step leaves what it measured, at those steps at which it measures at all."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from keras_magic.keras_adapter.compiled import strategy
from keras_magic.keras_adapter.tf_graph import keep_branch
from keras_magic.watch import backends


class Reader(Protocol):
    """Reads its queue when it is asked to."""

    def read(self) -> None: ...


class Measured(NamedTuple):
    """One measured step: its number, its vector (None: in the queue), when it began by the wall's clock, and its seconds."""

    step: int
    vector: Any
    clock: float
    seconds: float


class MeasurementQueue:
    """A switch in the graph of the train step, and a queue in which measured steps leave their vectors.

    A step is measured when the host has asked for it, and whenever its loss is not finite: a NaN is seen in the very step
    in which it appears. Any other step pays for a few operations only: the branch is a function that isn't called then (as
    the usual switches and merges, all of its operations would still be visited), and the step returns what it always
    returned (one more tensor would cost as much as the switch).
    """

    def __init__(self) -> None:
        import tensorflow as tf

        self._owner: Callable[[], Reader | None] = lambda: None
        with tf.device("CPU:0"):
            self._limit = _Shared(-np.inf)  # a loss below it is not measured
            self._count = tf.Variable(0, dtype="int64", trainable=False)
        self._queues: list[Any] = []  # one of each trace, whose vectors are all of one length: many are read at once

    def begin(self, owner: Reader) -> None:
        """A training begins: step 1 is the next one. What an earlier one has left, its owner reads first."""
        if (earlier := self._owner()) is not None:
            earlier.read()
        self._empty()
        self._owner = weakref.ref(owner)
        self._count.assign(0)

    def ask(self, measure: bool) -> None:
        """Have the next step measured or not."""
        self._limit.set(-np.inf if measure else np.inf)

    def read(self, reader: Reader) -> list[tuple[int, np.ndarray]]:
        """Step numbers and vectors that came since the last reading; none for the reader of an earlier training."""
        return self._empty() if self._owner() is reader else []

    def _empty(self) -> list[tuple[int, np.ndarray]]:
        letters: list[tuple[int, np.ndarray]] = []
        for queue in self._queues:
            if waiting := int(queue.size()):
                steps, vectors = (part.numpy() for part in queue.dequeue_many(waiting))
                letters += zip(steps.tolist(), vectors, strict=True)
        return sorted(letters, key=lambda letter: letter[0])

    def build(self, loss: Any, measure: Callable[[], Any]) -> None:
        """Put the switch into the step that is being traced.

        Args:
            loss: None where the step reports none.
            measure: builds the vector; called within the branch.
        """
        import tensorflow as tf

        self._count.assign_add(1, read_value=False)
        level = tf.constant(0.0) if loss is None else tf.abs(tf.cast(loss, "float32"))

        def leave() -> Any:
            vector = measure()
            with tf.init_scope(), tf.device("CPU:0"):
                queue = tf.queue.FIFOQueue(-1, ["int64", "float32"], [(), vector.shape])
            queue.enqueue((tf.convert_to_tensor(self._count), vector))
            self._queues.append(queue)
            return True

        keep_branch(tf.cond(level < self._limit.variable, lambda: False, leave))


class _Shared:
    """A number that the host writes and a graph reads, in one memory: assigning it between two steps would take 40 µs."""

    def __init__(self, value: float) -> None:
        import tensorflow as tf

        room = np.zeros(32, "float32")
        aligned = room[-room.ctypes.data % 64 // room.itemsize :]  # TensorFlow would copy memory that is not
        self._number = aligned[:1].reshape(())
        self.variable = tf.Variable(tf.experimental.dlpack.from_dlpack(self._number.__dlpack__()), trainable=False)
        self._number[...] = value
        self._shared = float(self.variable.numpy()) == value

    def set(self, value: float) -> None:
        self._number[...] = value
        if not self._shared:
            self.variable.assign(value)


def suits(model: Any) -> bool:
    """Whether the model's train step takes a switch.

    XLA rounds otherwise where there is a branch; with a GPU the step would wait for the loss to arrive at the CPU; replicas
    would count one step several times.
    """
    if backends.name() != "tensorflow" or model.run_eagerly or model.jit_compile or strategy(model):
        return False
    import tensorflow as tf

    return not tf.config.functions_run_eagerly() and not tf.config.list_physical_devices("GPU")
