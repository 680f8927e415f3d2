"""`Recorder`: hears of calls, gradients and updates from `capture`, and keeps what they tell.

Each `on_*` method stands in for a method of Keras or TensorFlow: it calls the original as the user did and returns what that
returned. What is measured around it is read in Python; a fault in here is noted and never reaches the user's loop.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_magic.loops import frames, weights
from keras_magic.loops.batches import Batches
from keras_magic.loops.logs import FunctionLog, LossLog, MetricLog, ModelLog, Trace, UnitLog, VariableLog, shape_of
from keras_magic.loops.operations import Operations

DENSE = 24  # updates at the start that are all measured
SUMS = 8  # updates whose gradient is compared with those of their micro-batches
FOLLOWED = 3  # updates during which each operation is followed
Args = tuple[Any, ...]
Kwargs = dict[str, Any]


class Recorder:
    """What was seen of the loops of one thread.

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

    # ---------------------------------------------------------------- what Keras and TensorFlow call

    def on_call(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`model(inputs, ...)`: the outermost call only; what a model calls inside is its own affair."""
        if self._inside["call"] or _symbolic(args, kwargs):
            return original(*args, **kwargs)
        self._safely(self._called, args[0])
        result = self._within("call", original, args, kwargs)
        self._safely(self._returned, args[0], args[1:], kwargs, result)
        return result

    def on_train_on_batch(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        model = args[0]
        self._safely(self._called, model, batch=True)
        unit = self._safely(self._unit_of_batches, model)
        before = self._safely(self._before, [unit]) if unit else None
        previous, self._batch_unit = self._batch_unit, unit
        try:
            result = self._within("batch", original, args, kwargs)
        finally:
            self._batch_unit = previous
        if unit:
            self._safely(self._batch_done, unit, before, result)
            given = dict(zip(("x", "y"), args[1:3], strict=False)) | kwargs
            self._safely(self._rows, model, given.get("x"), given.get("y"), model.loss)
        return result

    def on_loss(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """A Keras loss object."""
        result = self._within("loss", original, args, kwargs)
        if not self._inside["batch"]:
            self._safely(self._loss_called, args[0], kwargs, *args[1:3])
            self._safely(self.operations.loss, result)
        return result

    def on_crossentropy(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """What Keras' cross-entropy functions compute with, where the user calls the function itself."""
        if not self._inside["loss"] and not self._inside["batch"]:
            given = {**dict(zip(("target", "output", "from_logits"), args, strict=False)), **kwargs}
            named = {"y_true": given.get("target"), "y_pred": given.get("output")}
            self._safely(self._loss_called, original, named, from_logits=bool(given.get("from_logits", False)))
        return original(*args, **kwargs)

    def on_iterate(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`for batch in dataset`: one more pass over it."""
        if not self._inside["batch"] and not self._inside["function"]:
            self.passes[id(args[0])] = self.passes.get(id(args[0]), 0) + 1
            self._kept_sets.append(args[0])
        return original(*args, **kwargs)

    def on_tape_enter(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        result = original(*args, **kwargs)
        self._tapes += 1
        return result

    def on_tape_exit(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        self._tapes = max(0, self._tapes - 1)
        return original(*args, **kwargs)

    def on_gradient(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        given = dict(zip(("tape", "target", "sources"), args, strict=False)) | kwargs
        before = self.operations.backward
        self.operations.backward = True
        try:
            result = original(*args, **kwargs)
        finally:
            self.operations.backward = before
        self._safely(self._differentiated, given.get("target"), given.get("sources"), result)
        return result

    def on_apply(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`optimizer.apply(grads, variables)`, which `apply_gradients` calls as well."""
        if self._inside["apply"]:  # of an optimizer inside an optimizer
            return original(*args, **kwargs)
        given = {**dict(zip(("optimizer", "grads", "trainable_variables"), args, strict=False)), **kwargs}
        given = {k: list(v) if hasattr(v, "__next__") else v for k, v in given.items()}  # an iterator can be read once
        optimizer = given.pop("optimizer")
        pairs = self._safely(self._pairs, optimizer, given) or []
        unit = self._safely(self._unit, [v for _, v in pairs]) if pairs else None
        eager = unit is not None and _eager()
        before = self._safely(self._before, [unit]) if eager else None
        result = self._within("apply", original, (optimizer,), given)
        if unit is not None:
            self._safely(self._applied, unit, optimizer, pairs, before, eager)
        return result

    def on_function(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """A `tf.function` called from Python: the outermost one only."""
        if self._inside["function"] or self._inside["batch"] or not _eager():
            return original(*args, **kwargs)
        log = self._safely(self._function, args[0], args[1:], kwargs)
        if log is None:
            return original(*args, **kwargs)
        units = [self.units[key] for key in log.updates if key in self.units]
        before = self._safely(self._before, units) if units else None
        previous, self._trace = self._trace, Trace()
        try:
            result = self._within("function", original, args, kwargs)
            trace: Trace = self._trace or Trace()
        finally:
            self._trace = previous
        self._safely(self._function_done, log, trace, before, result, args[1:])
        return result

    def on_metric_result(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        self._safely(self._metric, args[0], "results")
        return original(*args, **kwargs)

    def on_metric_reset_state(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        self._safely(self._metric, args[0], "resets")
        return original(*args, **kwargs)

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
        log.training += recorded and _training(model, args, kwargs)
        for leaf in _leaves((args[:1], kwargs.get("inputs"))):
            trail = self.operations.of(leaf)
            if trail is not None and trail.output:
                log.fed_by[trail.output] += 1
            elif self.steps < 50:
                log.inputs[id(leaf)] = leaf
        outputs = _leaves(result)
        log.last = (_leaves((args[:1], kwargs.get("inputs"))), outputs)
        for leaf in outputs:
            self.operations.output(leaf, log.name)

    def _name(self, model: Any) -> str:
        name = frames.name_of(model) or model.name
        taken = {log.name for log in self.models.values()}
        return name if name not in taken else f"{name} ({model.name})"

    def _register(self, model: Any) -> None:
        for variable in model.variables:
            self._variables[id(variable)] = variable
            inner = getattr(variable, "_value", None)
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
        pairs = [(s, g) for s, g in zip(_flat(sources), _flat(result), strict=False) if _is_variable(s)]
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
        leaves = _flat(target)
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
        from keras_magic.loop_facts import FirstNonfinite

        if not np.isfinite(loss) and unit.nonfinite is None:
            inputs = [t for log in self.models.values() for t in log.inputs.values()]
            before_update = not unit.compiled and unit.how == "GradientTape"
            unit.nonfinite = FirstNonfinite(
                step=unit.gradients,
                loss=str(loss),
                before=unit.last_loss,
                weights=_negated(weights.finite(v.variable for v in unit.variables.values())) if before_update else None,
                inputs=_negated(weights.finite(first if first is not None else inputs)),
            )
        unit.note_loss(loss)

    def _keep_parts(self, unit: UnitLog, gradients: Sequence[Any]) -> None:
        """Samples of the gradients of one variable: are those of several micro-batches added up or averaged?"""
        if len(unit.sums) >= SUMS or len(unit.parts) > 64:
            return
        first = next((g for g in gradients if g is not None), None)
        part = weights.sample(first, 512) if first is not None else None
        if part is not None:
            unit.parts.append(part)

    def _pairs(self, optimizer: Any, given: Kwargs) -> list[tuple[Any, Any]]:
        variables = given.get("trainable_variables")
        if variables is None:
            variables = getattr(optimizer, "_trainable_variables", ())
        self.iterations.setdefault(id(optimizer), _iterations(optimizer))
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
        return self.own < self.budget / 2 * (time.perf_counter() - self._started)

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
        loss: Any = result["loss"] if isinstance(result, dict) else _flat(result)[0]
        self._loss(unit, float(loss), first=())
        self._measured([unit], before, {})
        self._step_done()

    def _function(self, function: Any, args: Args, kwargs: Kwargs) -> FunctionLog:
        log = self.functions.get(id(function))
        if log is None:
            python = getattr(function, "python_function", None)
            code = getattr(getattr(python, "__func__", python), "__code__", None)
            log = self.functions[id(function)] = FunctionLog(
                function=function, name=getattr(python, "__name__", "tf.function"), code=code, traces_before=_traces(function)
            )
        log.calls += 1
        if log.calls <= 50:
            for place, value in enumerate((*args, *kwargs.values()), 1):
                if isinstance(value, (bool, int, float, str)):
                    log.plain.setdefault(place, []).append(value)
        return log

    def _function_done(self, log: FunctionLog, trace: Trace, before: Any, result: Any, args: Args) -> None:
        log.traces = _traces(log.function) - log.traces_before
        if trace.updates or trace.gradients:
            log.updates = dict(trace.updates) or log.updates
            log.gradients = {}
            for key, target in trace.gradients:
                log.gradients[key] = log.gradients.get(key, 0) + 1
                place = _place(target, result)
                if place is not None:
                    log.places[key] = place
            log.models |= trace.models
            log.rows = _argument_places(trace.rows)
        self._argument_rows(log, args)
        if not (log.updates or log.gradients):
            return
        scalars = _scalars(result)
        for key, count in log.gradients.items():
            unit = self.units[key]
            unit.compiled = True
            unit.gradients += count
            place = log.places.get(key)
            if place is None and len(scalars) == 1:
                place, unit.loss_is_returned = next(iter(scalars)), True
            if place in scalars:
                self._loss(unit, scalars[place], first=[a for a in _flat(args) if hasattr(a, "dtype")])
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
        tensors = [leaf for leaf in _flat(args) if hasattr(leaf, "dtype") and hasattr(leaf, "shape") and not _is_variable(leaf)]
        if max(x, y) < len(tensors):
            self._rows(self.models[key].model, tensors[x], tensors[y], loss)

    def _current_trace(self) -> Trace:
        """The log of the outermost graph that is being traced now; one that was begun again starts it anew."""
        assert self._trace is not None
        root = _root_graph()
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
        options = getattr(loss, "_fn_kwargs", None) or getattr(loss, "__dict__", {})
        log = LossLog(
            name=type(loss).__name__ if from_logits is None else loss.__name__,
            from_logits=options.get("from_logits") if from_logits is None else from_logits,
            outputs=self.operations.ending(predicted),
            model=trail.output if trail else "",
            true_shape=shape_of(true),
            predicted_shape=shape_of(predicted),
            rescued=hasattr(predicted, "_keras_logits"),
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
        if self._inside["batch"] or self._inside["function"] or not _eager():
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


def _eager() -> bool:
    import keras

    if keras.backend.backend() != "tensorflow":
        return keras.backend.backend() == "torch"
    import tensorflow as tf

    return bool(tf.executing_eagerly())


def _argument_places(rows: tuple[int, Any, Any, Any] | None) -> tuple[int, int, int, Any] | None:
    """Where the inputs and targets of a traced step stand among the tensors that it was given; None where they are not these."""
    if rows is None:
        return None
    key, x, y, loss = rows
    names = [tensor.name for tensor in getattr(getattr(x, "graph", None), "inputs", ())]
    found = [names.index(t.name) for t in (x, y) if getattr(t, "name", None) in names]
    return (key, found[0], found[1], loss) if len(found) == 2 else None


def _root_graph() -> Any:
    """The graph of the outermost `tf.function` that is being traced (branches and loops have graphs inside it)."""
    import tensorflow as tf

    graph = tf.compat.v1.get_default_graph()
    while (outer := getattr(graph, "outer_graph", None)) is not None and getattr(outer, "outer_graph", None) is not None:
        graph = outer
    return graph


def _symbolic(args: Args, kwargs: Kwargs) -> bool:
    """A call that builds a functional model, or asks for shapes."""
    import keras
    from keras.src.backend.common.stateless_scope import in_stateless_scope

    return in_stateless_scope() or any(isinstance(leaf, keras.KerasTensor) for leaf in _flat((args[1:], kwargs)))


def _training(model: Any, args: Args, kwargs: Kwargs) -> bool:
    """Whether a call outside of `fit` ran in training mode: by its argument, else by the default of the model's `call`."""
    given = kwargs.get("training")
    parameters: dict[str, inspect.Parameter] = {}
    with contextlib.suppress(TypeError, ValueError):
        parameters = dict(inspect.signature(model.call).parameters)
    if given is None:
        names = list(parameters)
        place = names.index("training") if "training" in names else len(args)
        given = args[place] if place < len(args) else None
    if given is None and "training" in parameters:
        default = parameters["training"].default
        given = default if default is not inspect.Parameter.empty else None
    return bool(given) if isinstance(given, (bool, int)) or given is None else True


def _flat(thing: Any) -> list[Any]:
    """The leaves of a structure; Nones inside keep their place: gradients belong to sources by it."""
    from keras import tree

    return [] if thing is None else list(tree.flatten(thing))


def _leaves(thing: Any) -> list[Any]:
    return [leaf for leaf in _flat(thing) if hasattr(leaf, "shape") and hasattr(leaf, "dtype")]


def _is_variable(thing: Any) -> bool:
    return hasattr(thing, "assign") and hasattr(thing, "trainable")


def _iterations(optimizer: Any) -> int:
    with weights.lifted():
        value = weights.values(getattr(optimizer, "iterations", None))
    return 0 if value is None else int(value)


def _traces(function: Any) -> int:
    count = getattr(function, "experimental_get_tracing_count", None)
    return int(count()) if count is not None else 0


def _scalars(result: Any) -> dict[int, float]:
    """Single numbers among what a function returned: position -> value."""
    found = {}
    for place, leaf in enumerate(leaf for leaf in _flat(result) if leaf is not None):
        if shape_of(leaf) == () and str(getattr(leaf, "dtype", "")).find("float") >= 0:
            array = weights.values(leaf)
            if array is not None:
                found[place] = float(array)
    return found


def _place(target: Any, result: Any) -> int | None:
    """Where a tensor of a traced function stands in what the function returned."""
    outputs = getattr(getattr(target, "graph", None), "outputs", ())
    for place, output in enumerate(outputs):
        tensor = output
        while tensor.name != target.name and tensor.op.type == "Identity":
            tensor = tensor.op.inputs[0]
        if tensor.name == target.name:
            return place
    return None


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value
