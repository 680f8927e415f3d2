"""`TappedStep`: the user's train step, with one small vector of measurements added to its logs."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

import keras

from keras_magic.errors import EvidenceError
from keras_magic.keras_adapter.compiled import strategy
from keras_magic.keras_adapter.tf_graph import NOT_INLINED
from keras_magic.watch import backends
from keras_magic.watch.forward import ForwardPass
from keras_magic.watch.gathered import Assignments
from keras_magic.watch.lifting import Lifting, TracedOnce
from keras_magic.watch.measurement_queue import MeasurementQueue, suits
from keras_magic.watch.probes import activations, gradients, loss, noise, weights
from keras_magic.watch.step_recorder import StepRecord, StepRecorder
from keras_magic.watch.waiting import clock, within_wrap

KEY = "keras_magic_watch"
SECONDS = 2e-6  # that one measure costs, about: a few small operations


class Slot(NamedTuple):
    """What one entry of the vector is: a measure of a layer ("" for the whole model)."""

    measure: str
    layer: str


class Layout(NamedTuple):
    """How a vector is read: one entry per slot, then the sketch, each of whose entries stands for so many coordinates."""

    slots: tuple[Slot, ...]
    sketch: tuple[float, ...] = ()


class TappedStep:
    """Runs the model's own `train_step`; the vector goes to the queue or into the logs, under `KEY`.

    If measuring fails the step is the model's own.

    Attributes:
        layouts: how the entries after a vector's first one are read; that one is the index of its layout (a retrace may add one).
        layers: name -> layer, of the layers that were there then; dynamic_scale: infinite gradients are part of the method.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.train_step = model.train_step
        self.faults: dict[str, BaseException | str] = {}  # what can't be measured here -> why; holds for every fit of this trace
        self.forward = ForwardPass(model, self.failed) if backends.name() == "jax" else None  # outside of the step
        self.recorder = StepRecorder(model, forward=self.forward is None)
        self.queue = MeasurementQueue() if suits(model) else None  # else the vector is one of the logs
        self.assignments = Assignments()  # of the fits of this trace
        self.layouts: list[Layout] = []
        self.seconds = 0.0  # spent on measuring, where steps are Python
        self.began = 0.0  # when the step's Python last began: its batch was there
        self.layers: dict[str, Any] = {}
        self.dynamic_scale = False
        self.traces = 0  # times that the step's Python ran to be compiled
        self.eager = False  # steps are Python: measured again each time

    @property
    def guess(self) -> float:
        """Seconds that a measured step costs, about; 0 where no switch spares the others."""
        return SECONDS * (10 + len(self.layouts[0].slots)) if self.queue is not None and self.layouts else 0.0

    def failed(self, where: str, error: BaseException | str) -> None:
        """Note what can't be measured; the first reason counts."""
        self.faults.setdefault(where, error)

    def run(self, *args: Any) -> Any:
        """As `train_step`: `(data)`; on JAX `(state, (data, activations))`."""
        outside = None
        if self.forward is not None:
            state, (data, outside) = args
            args = state, data
        self.eager = backends.runs_eagerly(self.model)
        self.began = started = time.perf_counter()
        try:
            seen = self.recorder.__enter__()
        except Exception as error:
            self.failed("layers, gradients and losses", error)
            return self.train_step(*args)
        entered = time.perf_counter()
        seen.assignments = self.assignments
        try:
            with self._lifted(seen):
                result = self.train_step(*args)
        finally:
            left = time.perf_counter()
            self.recorder.__exit__()
        try:
            return self._measured(result, args[-1], seen, outside)
        except Exception as error:
            self.failed("layers, gradients and losses", error)
            return result
        finally:
            self.seconds += entered - started + time.perf_counter() - left

    def _lifted(self, seen: StepRecord) -> AbstractContextManager[None]:
        """Around the step's Python where it is traced for the first time: see `lifting`."""
        self.traces += seen.graph is not None
        if seen.graph is None or self.traces > 1 or strategy(self.model):
            return nullcontext()
        seen.lifting = Lifting(self.model)
        return seen.lifting.watching()

    def _measured(self, result: Any, data: Any, seen: StepRecord, outside: Any) -> Any:
        """The result, with the vector added unless there is a queue for it; the user's own dicts are left as they are."""
        logs, state = result if isinstance(result, tuple) else (result, None)
        if not isinstance(logs, dict):
            self.failed("layers, gradients and losses", f"train_step returns {type(logs).__name__}, not a dict of logs")
            return result
        arrival = self._arrival(data)
        if self.queue is not None:
            self.queue.build(loss.alarm(seen, logs), lambda: self._vector(seen, data, logs, arrival, outside))
            return result
        logs = {**logs, KEY: self._apart(seen, lambda: self._vector(seen, data, logs, arrival, outside))}
        return logs if state is None else (logs, state)

    def _apart(self, seen: StepRecord, measure: Callable[[], Any]) -> Any:
        """Measure in a function of its own, which TensorFlow does not inline into the compiled step (XLA would do so anyway)."""
        if seen.graph is None or self.model.jit_compile:
            return measure()
        import tensorflow as tf

        return tf.function(measure, autograph=False, experimental_attributes=NOT_INLINED)()

    def _vector(self, seen: StepRecord, data: Any, logs: dict[str, Any], arrival: Any, outside: Any) -> Any:
        """All measures of the step in one tensor, after the number of their layout."""
        if seen.graph is not None:
            self._settle(seen)
        slots, values = [], []
        for measure, layer, value in self._measures(seen, data, logs, arrival, outside):
            values.append(keras.ops.cast(value, "float32"))
            slots.append(Slot(measure, layer))
        for fault in seen.faults:
            self.failed("gradients and updates", fault)
        sketch, weights = self._sketch(seen)
        layout = Layout(tuple(slots), weights)
        if layout not in self.layouts:
            self.layouts.append(layout)
        self.layers = seen.layers
        self.dynamic_scale = any(applied.dynamic for applied in seen.applied)
        index = keras.ops.cast(self.layouts.index(layout), "float32")
        vector = keras.ops.stack([index, *values])
        return vector if sketch is None else keras.ops.concatenate([vector, sketch])

    def _settle(self, seen: StepRecord) -> None:
        for applied in seen.applied:
            try:
                applied.settle()
            except Exception as error:
                self.failed("gradients and updates", error)

    def _sketch(self, seen: StepRecord) -> tuple[Any, tuple[float, ...]]:
        try:
            return noise.sketch(seen)
        except Exception as error:
            self.failed("gradient noise scale", error)
            return None, ()

    def _measures(
        self, seen: StepRecord, data: Any, logs: dict[str, Any], arrival: Any, outside: Any
    ) -> Iterator[tuple[str, str, Any]]:
        """All probes in turn; one that fails keeps what it has yielded."""
        probes = {
            "true batch losses": lambda: loss.measure(seen, data, logs),
            "activations": lambda: activations.measure(seen) if self.forward is None else self.forward.read(outside),
            "gradients": lambda: gradients.measure(seen),
            "weights and updates": lambda: weights.measure(seen),
            "weights before the step": lambda: weights.before(seen) if self.queue is not None else iter(()),
        }
        for what, probe in probes.items():
            try:
                yield from probe()
            except Exception as error:
                self.failed(what, error)
        if arrival is not None:
            yield "arrival", "", within_wrap(arrival)

    def _arrival(self, data: Any) -> Any:
        try:
            return clock(self.model, data)
        except Exception as error:
            self.failed("time spent waiting for data", error)
            return None


def measuring_function(model: Any, tapped: TappedStep) -> Callable[..., Any]:
    """A train function that runs the tapped step; the model keeps its own.

    Raises:
        EvidenceError: the backend compiles the step in a way that lets no measuring in.
    """
    original = model.train_function
    if backends.name() != "torch":
        try:
            with _shadowed(model, "train_step", tapped.run):
                model.make_train_function(force=True)
                return _with_forward_pass(tapped, _again_if_need_be(_without_optionals(model, model.train_function)))
        finally:
            object.__setattr__(model, "train_function", original)
    if model.jit_compile:
        raise EvidenceError("torch.compile was asked for (jit_compile=True); a compiled torch step can't be measured")

    def measuring(data: Any) -> Any:  # on torch the train function looks the step up each time it is called
        with _shadowed(model, "train_step", tapped.run):
            return original(data)

    return measuring


def _again_if_need_be(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose first trace may ask for a second one."""

    def traced(*args: Any) -> Any:
        try:
            return function(*args)
        except TracedOnce:
            return function(*args)

    return traced


def _with_forward_pass(tapped: TappedStep, function: Callable[..., Any]) -> Callable[..., Any]:
    """On JAX the batches come with their activations."""
    forward = tapped.forward
    return function if forward is None else lambda state, iterator: function(state, forward.beside(state, iterator))


def _without_optionals(model: Any, function: Any) -> Callable[..., Any]:
    """Keras hands the logs of a step out in an Optional, and asks it from Python whether there is something in it: a tenth of a
    millisecond. It has a reason only where several steps run at once; without it, watching saves more than it costs.

    Where Keras' train function is made otherwise than is known here, it is left as it is.
    """
    step = inspect.getclosurevars(function).nonlocals.get("one_step_on_data") if inspect.isfunction(function) else None
    if step is None or backends.name() != "tensorflow" or model.run_eagerly or model.steps_per_execution != 1:
        return function
    import tensorflow as tf

    @tf.autograph.experimental.do_not_convert
    def next_step(iterator: Any) -> Any:
        return step(iterator.get_next())

    compiled = tf.function(next_step, reduce_retracing=True)
    return lambda iterator: compiled(iterator) if isinstance(iterator, tf.data.Iterator) else function(iterator)


@contextmanager
def _shadowed(target: Any, attribute: str, replacement: Any) -> Iterator[None]:
    """The instance attribute replaced, past Keras' tracking; afterwards it is as it was."""
    own = vars(target).get(attribute)
    object.__setattr__(target, attribute, replacement)
    try:
        yield
    finally:
        object.__delattr__(target, attribute) if own is None else object.__setattr__(target, attribute, own)
