"""`Memory`: what a recorder keeps of models, gradients, updates, losses and metrics, and how it takes them in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_magic.keras_adapter.compiled import came_from_logits, loss_arguments
from keras_magic.keras_adapter.layers import backend_value
from keras_magic.keras_adapter.optimizer import updated_variables
from keras_magic.loop_facts import FirstNonfinite
from keras_magic.loops import frames, weights
from keras_magic.loops.batches import Batches
from keras_magic.loops.logs import FunctionLog, LossLog, MetricLog, ModelLog, Trace, UnitLog, VariableLog, shape_of
from keras_magic.loops.operations import Operations
from keras_magic.loops.reading import (
    Args,
    Kwargs,
    argument_places,
    is_variable,
    iterations_of,
    leaves_of,
    mark_of,
    negated,
    place_of,
    root_graph,
    runs_eagerly,
    runs_in_training,
    scalars_of,
    tensors_of,
    traces_of,
)

DENSE = 24  # updates at the start that are all measured
SUMS = 8  # updates whose gradient is compared with those of their micro-batches
FOLLOWED = 2  # updates during which each operation is followed


class Memory:
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
        self.faults: list[str] = []
        self.steps = 0  # updates of any unit
        self.seconds = self.own = 0.0
        self.iterations: dict[int, int] = {}
        self._variables: dict[int, Any] = {}  # id of a variable, or of the backend's inside it -> the variable
        self._gradients: dict[int, int] = {}  # id of a gradient -> key of its variable, for this step
        self._kept: list[Any] = []  # gradients whose ids are in use
        self._trace: Trace | None = None
        self._batch_unit: UnitLog | None = None
        self._inside = {"call": 0, "apply": 0, "function": 0, "batch": 0, "loss": 0}
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

    @property
    def saw_training(self) -> bool:
        """Whether anything was differentiated or updated, or `train_on_batch` was called."""
        return any(u.gradients or u.updates or u.model is not None for u in self.units.values())

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
        recorded = self._tapes > 0
        log.recorded += recorded
        log.training += recorded and runs_in_training(model, args, kwargs)
        for leaf in tensors_of((args[:1], kwargs.get("inputs"))):
            trail = self.operations.of(leaf)
            if trail is not None and trail.output:
                log.fed_by[trail.output] += 1
            elif self.steps < 50:
                log.inputs[mark_of(leaf)] = leaf
        outputs = tensors_of(result)
        log.last = (tensors_of((args[:1], kwargs.get("inputs"))), outputs)
        for leaf in outputs:
            self.operations.output(leaf, log.name)

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

    # ---------------------------------------------------------------- gradients and updates

    def _unit(self, variables: Sequence[Any]) -> UnitLog:
        own = [self._variable(v) for v in variables]
        key = frozenset(map(id, own))
        if key not in self.units:
            self.units[key] = UnitLog(key=key, variables={id(v): VariableLog(v) for v in own})
        return self.units[key]

    def _differentiated(self, target: Any, sources: Any, result: Any) -> None:
        pairs = [(s, g) for s, g in zip(leaves_of(sources), leaves_of(result), strict=False) if is_variable(s)]
        if not pairs or (self._inside["batch"] and self._batch_unit is None):
            return
        unit = self._unit([s for s, _ in pairs])
        if self._inside["batch"]:
            unit = self._batch_unit or unit
        else:
            self._note_target(unit, target)
        for source, gradient in pairs:
            log = unit.variables.get(id(self._variable(source)))
            if log is not None and unit.updates == 0 and unit.gradients <= DENSE:
                log.missing += gradient is None
                log.given += 1
            if gradient is not None:
                self._gradients[id(gradient)] = id(self._variable(source))
                self._kept.append(gradient)
        if self._trace is None and not unit.compiled and unit.how == "GradientTape":
            self._keep_parts(unit, [g for _, g in pairs])

    def _note_target(self, unit: UnitLog, target: Any) -> None:
        leaves = leaves_of(target)
        if not leaves:
            return
        tensor = leaves[0]
        unit.target_shape = shape_of(tensor)
        trail = self.operations.of(tensor)
        if trail is not None:
            unit.loss_operation, unit.logs = trail.operation, trail.logs
        if self._trace is not None:
            self._current_trace().gradients.append((unit.key, tensor))
            return
        unit.gradients += 1
        unit.pending += 1
        loss = sum(float(np.sum(v)) for leaf in leaves if (v := weights.values(leaf)) is not None)
        self._loss(unit, loss, first=None)

    def _loss(self, unit: UnitLog, loss: float, first: Any) -> None:
        """One more value of the loss; where it is the first that is not finite, look at once where that came from."""
        if not np.isfinite(loss) and unit.nonfinite is None:
            inputs = [t for log in self.models.values() for t in (*log.inputs.values(), *log.last[0])]
            before_update = not unit.compiled and unit.how == "GradientTape"
            unit.nonfinite = FirstNonfinite(
                step=unit.gradients,
                loss=str(loss),
                before=unit.last_loss,
                weights=negated(weights.finite(v.variable for v in unit.variables.values())) if before_update else None,
                inputs=negated(weights.finite(first if first is not None else inputs)),
            )
        unit.note_loss(loss)

    def _keep_parts(self, unit: UnitLog, gradients: Sequence[Any]) -> None:
        """Samples of the gradients of one variable: are those of several micro-batches added up or averaged?"""
        if unit.updates >= SUMS or len(unit.parts) > 64:
            return
        first = next((g for g in gradients if g is not None), None)
        part = weights.sample(first, 512) if first is not None else None
        if part is not None:
            unit.parts.append(part)

    def _pairs(self, optimizer: Any, given: Kwargs) -> list[tuple[Any, Any]]:
        variables = given.get("trainable_variables")
        if variables is None:
            variables = updated_variables(optimizer)
        self.iterations.setdefault(id(optimizer), iterations_of(optimizer))
        return list(zip(given.get("grads") or (), variables or (), strict=False))

    def _before(self, units: Sequence[UnitLog]) -> dict[int, np.ndarray] | None:
        """Samples of the units' variables where this update is to be measured."""
        if not self._due():
            return None
        found = {k: weights.sample(log.variable) for unit in units for k, log in unit.variables.items()}
        return {k: v for k, v in found.items() if v is not None}

    def _due(self) -> bool:
        if self.steps < DENSE:
            return True
        return self.own < self.budget / 4 * (time.perf_counter() - self._started)

    def _applied(self, unit: UnitLog, optimizer: Any, pairs: Sequence[tuple[Any, Any]], before: Any, eager: bool) -> None:
        unit.optimizer = optimizer
        for gradient, variable in pairs:
            log = unit.variables[id(self._variable(variable))]
            if unit.updates == 0 and log.given:
                log.given = log.missing = 0
            log.given += 1
            log.missing += gradient is None
            log.frozen += gradient is not None and getattr(log.variable, "trainable", True) is False
        if self._inside["batch"]:
            return
        source = {self._gradients[id(g)] for g, _ in pairs if id(g) in self._gradients}
        if source and not source & unit.key:
            unit.source = next((k for k in self.units if source <= k), unit.source)
        if not eager:
            if self._trace is not None:
                self._current_trace().updates[unit.key] += 1
            return
        self._averaged(unit, pairs)
        unit.updates += 1
        unit.micro.append(self._micro(unit, pairs))
        self._measured([unit], before, {id(self._variable(v)): g for g, v in pairs})
        self._step_done()

    def _micro(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> int:
        """Gradients that were computed for these variables since their last update."""
        count, unit.pending = unit.pending, 0
        if len(unit.micro) > 200:
            del unit.micro[:100]
        return count

    def _averaged(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Was the applied gradient the sum of the micro-batches' gradients?"""
        parts, unit.parts = unit.parts, []
        first = next((g for g, _ in pairs if g is not None), None)
        if len(parts) < 2 or first is None or len(unit.sums) >= SUMS:
            return
        applied = weights.sample(first, 512)
        if applied is None or any(p.shape != applied.shape for p in parts) or not applied.any():
            return
        unit.sums.append(bool(np.allclose(applied, np.sum(parts, axis=0), rtol=1e-3, atol=1e-7)))

    def _measured(self, units: Sequence[UnitLog], before: dict[int, np.ndarray] | None, gradients: dict[int, Any]) -> None:
        if before is None:
            return
        for unit in units:
            for key, log in unit.variables.items():
                after = weights.sample(log.variable)
                if after is None or key not in before or before[key].shape != after.shape:
                    continue
                gradient = weights.sample(gradients.get(key)) if gradients.get(key) is not None else None
                size = float("nan") if gradient is None else weights.norm(gradient)
                if gradient is not None:
                    log.looked += 1
                    log.zero += size == 0
                log.samples.add(unit.updates, (weights.norm(after - before[key]), weights.norm(before[key]), size))

    def _step_done(self) -> None:
        self.steps += 1
        self._gradients.clear()
        self._kept.clear()
        self.operations.forget()
        for log in self.models.values():
            for other in self.models.values():
                if log.inputs and other.inputs and log.inputs.keys() - other.inputs.keys():
                    log.apart[id(other.model)] += 1
        for log in self.models.values():
            log.inputs.clear()
            log.last = ([], [])
        if self.steps == FOLLOWED:
            self.operations.stop()

    # ---------------------------------------------------------------- train_on_batch and tf.function

    def _unit_of_batches(self, model: Any) -> UnitLog:
        key = frozenset((id(model),))
        if key not in self.units:
            self.units[key] = UnitLog(key=key, variables={}, how="train_on_batch", model=model, compiled=True)
        unit = self.units[key]
        if model.built and not unit.variables:
            unit.variables = {id(v): VariableLog(v) for v in model.trainable_variables}
        unit.optimizer = model.optimizer
        return unit

    def _batch_done(self, unit: UnitLog, before: Any, result: Any) -> None:
        if self.models[id(unit.model)].start is None:
            self._called(unit.model)
        unit.updates += 1
        unit.gradients += 1
        loss: Any = result["loss"] if isinstance(result, dict) else leaves_of(result)[0]
        self._loss(unit, float(loss), first=())
        self._measured([unit], before, {})
        self._step_done()

    def _function(self, function: Any, args: Args, kwargs: Kwargs) -> FunctionLog:
        log = self.functions.get(id(function))
        if log is None:
            python = getattr(function, "python_function", None)
            code = getattr(getattr(python, "__func__", python), "__code__", None)
            log = self.functions[id(function)] = FunctionLog(
                function=function, name=getattr(python, "__name__", "tf.function"), code=code, traces_before=traces_of(function)
            )
        log.calls += 1
        if log.calls <= 50:
            for place, value in enumerate((*args, *kwargs.values()), 1):
                if isinstance(value, (bool, int, float, str)):
                    log.plain.setdefault(place, []).append(value)
        return log

    def _function_done(self, log: FunctionLog, trace: Trace, before: Any, result: Any, args: Args) -> None:
        log.traces = traces_of(log.function) - log.traces_before
        if trace.updates or trace.gradients:
            log.updates = dict(trace.updates) or log.updates
            log.gradients = {}
            for key, target in trace.gradients:
                log.gradients[key] = log.gradients.get(key, 0) + 1
                place = place_of(target, result)
                if place is not None:
                    log.places[key] = place
            log.models |= trace.models
            log.rows = argument_places(trace.rows)
        self._argument_rows(log, args)
        if not (log.updates or log.gradients):
            return
        scalars = scalars_of(result)
        for key, count in log.gradients.items():
            unit = self.units[key]
            unit.compiled = True
            unit.gradients += count
            place = log.places.get(key)
            if place is None and len(scalars) == 1:
                place, unit.loss_is_returned = next(iter(scalars)), True
            if place in scalars:
                self._loss(unit, scalars[place], first=[a for a in leaves_of(args) if hasattr(a, "dtype")])
        for key, count in log.updates.items():
            self.units[key].compiled = True
            self.units[key].updates += count
        self._measured([self.units[k] for k in log.updates], before, {})
        if log.updates:
            self._step_done()

    def _argument_rows(self, log: FunctionLog, args: Args) -> None:
        if log.rows is None or log.rows[0] not in self.models:
            return
        key, x, y, loss = log.rows
        tensors = [leaf for leaf in leaves_of(args) if hasattr(leaf, "dtype") and hasattr(leaf, "shape") and not is_variable(leaf)]
        if max(x, y) < len(tensors):
            self._rows(self.models[key].model, tensors[x], tensors[y], loss)

    def _current_trace(self) -> Trace:
        """The log of the outermost graph that is being traced now; one that was begun again starts it again."""
        assert self._trace is not None
        root = root_graph()
        if self._trace.graph is not root:
            self._trace = Trace(graph=root, models=self._trace.models)
        return self._trace

    # ---------------------------------------------------------------- losses and metrics

    def _loss_called(self, loss: Any, kwargs: Kwargs, *values: Any, from_logits: bool | None = None) -> None:
        given = {**dict(zip(("y_true", "y_pred"), values, strict=False)), **kwargs}
        true, predicted = given.get("y_true"), given.get("y_pred")
        self._find_rows(loss, true, predicted)
        trail = self.operations.of(predicted)
        if trail is None and self.steps >= FOLLOWED:
            return
        options = loss_arguments(loss) or getattr(loss, "__dict__", {})
        log = LossLog(
            name=type(loss).__name__ if from_logits is None else loss.__name__,
            from_logits=options.get("from_logits") if from_logits is None else from_logits,
            outputs=self.operations.ending(predicted),
            model=trail.output if trail else "",
            true_shape=shape_of(true),
            predicted_shape=shape_of(predicted),
            rescued=came_from_logits(predicted),
        )
        key = (id(loss), log.model, log.true_shape, log.predicted_shape)
        log = self.losses.setdefault(key, log)
        log.calls += 1
        array = weights.values(predicted)
        if array is not None and array.size and array.dtype.kind == "f":
            low, high = float(array.min()), float(array.max())
            log.low = low if log.low is None else min(log.low, low)
            log.high = high if log.high is None else max(log.high, high)

    def _find_rows(self, loss: Any, true: Any, predicted: Any) -> None:
        """The inputs that belong to these targets: those of the model whose last output is compared with them."""
        for log in self.models.values():
            inputs, outputs = log.last
            if self._tapes and len(inputs) == len(outputs) == 1 and outputs[0] is predicted:
                if self._trace is not None:
                    self._current_trace().rows = (id(log.model), inputs[0], true, loss)
                else:
                    self._rows(log.model, inputs[0], true, loss)

    def _rows(self, model: Any, x: Any, y: Any, loss: Any) -> None:
        kept = self.batches.setdefault(id(model), Batches(loss=loss))
        kept.add(x, y)

    def _metric(self, metric: Any, what: str) -> None:
        if self._inside["batch"] or self._inside["function"] or not runs_eagerly():
            return
        log = self.metrics.setdefault(id(metric), MetricLog(metric=metric, name=getattr(metric, "name", "metric")))
        setattr(log, what, getattr(log, what) + 1)
        if what == "results":
            log.passes.add(max(self.passes.values(), default=0))

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
