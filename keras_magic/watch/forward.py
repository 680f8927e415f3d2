"""Activations on JAX, where the train step's own forward pass runs inside a transformation that lets no values out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import keras

from keras_magic.errors import EvidenceError
from keras_magic.keras_adapter.compiled import has_own_step
from keras_magic.keras_adapter.layers import takes_training
from keras_magic.watch.probes import activations
from keras_magic.watch.step_recorder import StepRecorder


class ForwardPass:
    """Repeats the forward pass of a training step, on the same batch, weights and random state, compiled apart from the step.

    Args:
        model: a built model; failed: called with what cannot be measured, and why.

    Attributes:
        slots: (measure, layer) of each value that the pass gives.
    """

    def __init__(self, model: Any, failed: Callable[[str, BaseException | str], None]) -> None:
        self.model, self._failed = model, failed
        self.slots: tuple[tuple[str, str], ...] = ()
        self._recorder = StepRecorder(model, updates=False)
        self._compiled: Callable[..., Any] | None = self._compile()

    def beside(self, state: Any, iterator: Iterator[Any]) -> Iterator[Any]:
        """Pairs of a batch and the activations on the first of them, before the step gives the memory of `state` away."""
        first = next(iterator)
        measured = self._measure(state, first)
        return ((batch, measured) for batch in chain((first,), iterator))

    def read(self, measured: Any) -> Iterator[tuple[str, str, Any]]:
        """(measure, layer, value) of what was measured beside a batch."""
        yield from ((*slot, value) for slot, value in zip(self.slots, measured or (), strict=False))

    def _compile(self) -> Callable[..., Any] | None:
        import jax

        if has_own_step(self.model):
            self._failed("activations", "on JAX they are those of Keras' own train step, and train_step is overridden here")
            return None
        return jax.jit(self._values)

    def _measure(self, state: Any, batch: Any) -> Any:
        if self._compiled is None:
            return None
        try:
            return self._compiled(state[0], state[1], keras.utils.unpack_x_y_sample_weight(batch)[0])
        except Exception as error:
            self._failed("activations", error)
            self._compiled = None
            return None

    def _values(self, trainable: Any, others: Any, x: Any) -> Any:
        mode = {"training": True} if takes_training(self.model) else {}
        with self._recorder as seen:
            self.model.stateless_call(trainable, others, x, **mode)
        measures = list(activations.measure(seen))
        slots = tuple((measure, layer) for measure, layer, _ in measures)
        if self.slots and slots != self.slots:
            raise EvidenceError("the forward pass calls other layers for batches of another shape")
        self.slots = slots
        return [keras.ops.cast(value, "float32") for *_, value in measures]
