"""`Compiled`: how a recorder takes in steps that run inside a graph: `train_on_batch` and `tf.function`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from keras_magic.keras_adapter.tf_graph import variables_of
from keras_magic.loops.accumulation import accumulators_in
from keras_magic.loops.logs import FunctionLog, Trace, UnitLog, VariableLog
from keras_magic.loops.losses import Losses
from keras_magic.loops.reading import (
    Args,
    Kwargs,
    argument_places,
    is_variable,
    leaves_of,
    mark_of,
    place_of,
    places_of,
    scalars_of,
    traces_of,
    varied,
)
from keras_magic.loops.updates import DENSE


class Compiled(Losses):
    """Whole steps, of which Python sees arguments, results and the weights before and after."""

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
            self._gathers(log, trace)
            log.gradients = {}
            for key, target in trace.gradients:
                log.gradients[key] = log.gradients.get(key, 0) + 1
                place = place_of(target, result)
                if place is not None:
                    log.places[key] = place
            log.models |= trace.models
            log.rows = argument_places(trace.rows)
            fed = {key: self.models[key].inputs.values() for key in trace.models if key in self.models}
            log.fed = {key: set(places_of(inputs, trace.graph)) for key, inputs in fed.items()}
        self._arguments(log, [leaf for leaf in leaves_of(args) if _is_tensor(leaf)])
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
            unit = self.units[key]
            unit.compiled = True
            unit.updates += count
            if unit.accumulators is not None:
                unit.accumulators.taken = {id(v) for v in unit.accumulators.variables} <= log.reads
        self._measured([self.units[k] for k in log.updates], before, {})
        if log.updates:
            self._step_done()

    def _gathers(self, log: FunctionLog, trace: Trace) -> None:
        """Find the variables in which a step without an update gathers gradients: those to which each of its traces adds them."""
        known, log.reads = bool(log.gradients), {id(v) for v in variables_of(trace.graph)}
        for key in {key for key, _ in trace.gradients} - trace.updates.keys():
            unit = self.units[key]
            found = accumulators_in(trace.graph, [v.variable for v in unit.variables.values()], self._marks())
            unit.accumulators = found if found is not None and (unit.accumulators or not known) else None

    def _still_there(self, log: FunctionLog) -> None:
        """Before a step that gathers gradients: do those that the last update used lie there still?"""
        for key in log.gradients:
            accumulators = self.units[key].accumulators
            if accumulators is not None and accumulators.taken:
                accumulators.taken = False
                self.units[key].followed += 1
                self.units[key].carried += accumulators.any_left()

    def _arguments(self, log: FunctionLog, tensors: Sequence[Any]) -> None:
        """What the values of the arguments tell: rows of inputs and targets, and inputs of two models that are the same."""
        if log.rows is not None and log.rows[0] in self.models and max(log.rows[1:3]) < len(tensors):
            key, x, y, loss = log.rows
            self._rows(self.models[key].model, tensors[x], tensors[y], loss)
        for one, other in itertools.permutations(log.fed if self.steps < DENSE else (), 2):
            places = [*(log.fed[one] - log.fed[other]), *log.fed[other]]
            if len(places) == 2 and max(places) < len(tensors):
                first, second = (tensors[place] for place in places)
                same = first is not second and varied(first) and mark_of(first) == mark_of(second)
                self.models[one].compared[other] += 1
                self.models[one].equal[other] += same


def _is_tensor(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and hasattr(leaf, "shape") and not is_variable(leaf)
