"""`Registry`: what a recorder keeps while a loop runs, and which variable belongs to which model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from keras_magic import frames
from keras_magic.keras_adapter.layers import backend_value
from keras_magic.loops import weights
from keras_magic.loops.batches import Batches
from keras_magic.loops.logs import Derivative, FunctionLog, LossLog, MetricLog, ModelLog, Trace, UnitLog
from keras_magic.loops.operations import Operations
from keras_magic.loops.reading import Args, Kwargs, mark_of, runs_in_training, tensors_of
from keras_magic.watch.gathered import Assignments


class Registry:
    """What was seen of the loops of one thread, and how it is taken in.

    Args:
        budget: share of the loop's time that measuring may cost.
        strict: raise faults of ours at once (for tests).
    """

    def __init__(self, budget: float = 0.05, strict: bool = False) -> None:
        self.thread = threading.get_ident()
        self.budget, self.strict = budget, strict
        self.models: dict[int, ModelLog] = {}
        self.units: dict[frozenset[int], UnitLog] = {}
        self.functions: dict[int, FunctionLog] = {}
        self.metrics: dict[int, MetricLog] = {}
        self.losses: dict[tuple[Any, ...], LossLog] = {}
        self.operations = Operations()
        self.assignments = Assignments()
        self.faults: list[str] = []
        self.steps = 0  # updates of any unit
        self.seconds = self.own = 0.0
        self.iterations: dict[int, int] = {}
        self._variables: dict[int, Any] = {}  # id of a variable, or of the backend's inside it -> the variable
        self._gradients: dict[int, int] = {}  # id of a gradient -> key of its variable, for this step
        self._kept: list[Any] = []  # gradients whose ids are in use
        self.state: dict[int, tuple[Any, Any]] = {}  # id of a variable -> (variable, its latest value where that is held outside)
        self._derivatives: list[Derivative] = []  # losses that no update has taken yet
        self._applied_gradients: dict[int, tuple[int, int]] = {}  # id of a variable -> gradient of its last update
        self._trace: Trace | None = None
        self._batch_unit: UnitLog | None = None
        self._inside = {"call": 0, "apply": 0, "function": 0, "batch": 0, "loss": 0, "backward": 0}
        self.batches: dict[int, Batches] = {}  # id of a model -> rows that it was trained on
        self.passes: dict[int, int] = {}  # id of a tf.data.Dataset -> how often it was iterated over
        self._kept_sets: list[Any] = []
        self._tapes = 0
        self._started = 0.0

    # ---------------------------------------------------------------- beginning and end

    def start(self) -> None:
        self._started = time.perf_counter()
        self.operations.start()

    def stop(self) -> None:
        self.operations.stop()
        self.operations.forget()
        self.seconds = time.perf_counter() - self._started

    # ---------------------------------------------------------------- models

    def _called(self, model: Any, batch: bool = False) -> None:
        log = self.models.get(id(model))
        if log is None:
            log = self.models[id(model)] = ModelLog(model=model, name=self._name(model))
        if log.start is None and model.built:
            with weights.lifted():
                log.start = weights.fingerprints(model.variables)
            self._register(model)
        if batch:
            log.batches += 1
        if self._trace is not None:
            self._trace.models.add(id(model))

    def _returned(self, model: Any, args: Args, kwargs: Kwargs, result: Any) -> None:
        log = self.models[id(model)]
        if log.start is None:
            self._called(model)
        log.calls += 1
        recorded = self._recording()
        log.recorded += recorded
        log.training += recorded and runs_in_training(model, args, kwargs)
        inputs = tensors_of((args[:1], kwargs.get("inputs")))
        for leaf in inputs:
            trail = self.operations.of(leaf)
            log.given |= trail.origins if trail is not None else frozenset()
            if trail is not None and trail.output:
                log.fed_by[trail.output] += 1
            elif self.steps < 50:
                log.inputs[mark_of(leaf)] = leaf
        outputs = tensors_of(result)
        log.last = (inputs, outputs)
        for leaf in outputs:
            self.operations.output(leaf, log.name)

    def _recording(self) -> bool:
        """Whether what is computed now is recorded for a gradient."""
        return self._tapes > 0

    def _name(self, model: Any) -> str:
        name = frames.name_of(model) or model.name
        taken = {log.name for log in self.models.values()}
        return name if name not in taken else f"{name} ({model.name})"

    def _register(self, model: Any) -> None:
        for variable in model.variables:
            self._variables[id(variable)] = variable
            inner = backend_value(variable)
            if inner is not None:
                self._variables[id(inner)] = variable

    def _variable(self, thing: Any) -> Any:
        """The Keras variable for what the user gave (which may be the backend's inside it), else the thing itself."""
        if id(thing) not in self._variables:
            for log in self.models.values():
                self._register(log.model)
        if id(thing) not in self._variables:
            self._find_models()
        return self._variables.setdefault(id(thing), thing)

    def _find_models(self) -> None:
        """Models that the loop trains and does not call by themselves, among the variables of the user's code."""
        for name, model in frames.models():
            if id(model) not in self.models:
                log = self.models[id(model)] = ModelLog(model=model, name=name)
                if model.built:
                    with weights.lifted():
                        log.start = weights.fingerprints(model.variables)
            self._register(model)

    # ---------------------------------------------------------------- inside

    def _within(self, where: str, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        self._inside[where] += 1
        try:
            return original(*args, **kwargs)
        finally:
            self._inside[where] -= 1

    def _safely(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if self.strict:
                raise
            self.faults.append(f"{type(error).__name__}: {error}"[:300])
            return None
        finally:
            self.own += time.perf_counter() - started
