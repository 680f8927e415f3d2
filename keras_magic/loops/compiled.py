"""`Compiled`: how a recorder takes in steps that run inside a graph: `train_on_batch` and `tf.function`."""

from __future__ import annotations

from typing import Any

from keras_magic.loops.logs import FunctionLog, Trace, UnitLog, VariableLog
from keras_magic.loops.losses import Losses
from keras_magic.loops.reading import Args, Kwargs, argument_places, is_variable, leaves_of, place_of, scalars_of, traces_of


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
