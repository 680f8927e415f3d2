"""`Updates`: how a recorder takes in gradients and the updates that use them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_magic.keras_adapter.optimizer import updated_variables
from keras_magic.keras_adapter.tf_graph import mark_of_tensor
from keras_magic.loop_facts import FirstNonfinite
from keras_magic.loops import weights
from keras_magic.loops.accumulation import goes_on, whole_gradients
from keras_magic.loops.logs import ModelLog, Trace, UnitLog, VariableLog, shape_of
from keras_magic.loops.reading import Kwargs, is_variable, iterations_of, leaves_of, negated, root_graph, varied
from keras_magic.loops.registry import Registry

DENSE = 24  # updates at the start that are all measured
SUMS = 8  # updates whose gradient is compared with those of their micro-batches
SPARSE = 8  # after those every so many updates the values of predictions are looked at
FOLLOWED = 2  # updates during which each operation is followed


class Updates(Registry):
    """Gradients and updates, by the variables that they concern."""

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
        if self._trace is None and not unit.compiled and unit.how == "step":
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
            before_update = not unit.compiled and unit.how == "step"
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
        if id(optimizer) not in self.iterations:
            self.iterations[id(optimizer)] = iterations_of(optimizer)
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
                self._summed_in_graph(unit, pairs)
            return
        self._take_derivatives(unit, pairs)
        self._summed(unit, pairs)
        unit.updates += 1
        unit.micro.append(self._micro(unit, pairs))
        self._measured([unit], before, {id(self._variable(v)): g for g, v in pairs})
        self._step_done()

    def _take_derivatives(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Give this update the losses that were differentiated for it, where a backend separates them from the gradients."""

    def _micro(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> int:
        """Gradients that were computed for these variables since their last update."""
        count, unit.pending = unit.pending, 0
        if len(unit.micro) > 200:
            del unit.micro[:100]
        return count

    def _summed(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Was the applied gradient the sum of the micro-batches' gradients, and did it hold those of the update before as well?"""
        parts, unit.parts = unit.parts, []
        first, variable = next((pair for pair in pairs if pair[0] is not None), (None, None))
        if unit.accumulators is not None:
            unit.accumulators.taken = unit.accumulators.holds(first, list(unit.variables).index(id(self._variable(variable))))
        applied = weights.sample(first, 512) if parts and unit.updates < SUMS else None
        if applied is None or any(p.shape != applied.shape for p in parts) or not applied.any():
            return
        if len(parts) > 1:
            unit.sums.append(bool(np.allclose(applied, np.sum(parts, axis=0), rtol=1e-3, atol=1e-7)))
        if unit.given is not None and unit.given.shape == applied.shape:
            unit.followed += 1
            unit.carried += goes_on(applied, unit.given, parts)
        unit.given = applied

    def _summed_in_graph(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> None:
        """As `_summed`, of an update that is traced: by the operations that lead from the gradients to it."""
        if keras.backend.backend() != "tensorflow":
            return
        first = next((gradient for gradient, _ in pairs if gradient is not None), None)
        self.assignments.applied([g for g, _ in pairs], [self._variable(v) for _, v in pairs])
        count = whole_gradients(first, self._marks(), unit.accumulators)
        unit.whole = max(count, 0)
        if unit.accumulators is not None:
            unit.accumulators.given = count == -1

    def _marks(self) -> dict[Any, int]:
        """Gradients of graphs -> keys of their variables."""
        return {mark: self._gradients[id(g)] for g in self._kept if (mark := mark_of_tensor(g)) is not None}

    def _measured(
        self,
        units: Sequence[UnitLog],
        before: dict[int, np.ndarray] | None,
        gradients: dict[int, Any],
        kept: dict[int, np.ndarray] | None = None,
    ) -> None:
        """The size of an update; `kept` takes the samples after it."""
        if before is None:
            return
        for unit in units:
            for key, log in unit.variables.items():
                after = weights.sample(self._now(log))
                if kept is not None and after is not None:
                    kept[key] = after
                if after is None or key not in before or before[key].shape != after.shape:
                    continue
                gradient = weights.sample(gradients.get(key)) if gradients.get(key) is not None else None
                size = float("nan") if gradient is None else weights.norm(gradient)
                if gradient is not None:
                    log.looked += 1
                    log.zero += size == 0
                log.samples.add(unit.updates, (weights.norm(after - before[key]), weights.norm(before[key]), size))

    def _now(self, log: VariableLog) -> Any:
        """What holds the variable's value now."""
        return self.state[id(log.variable)][1] if id(log.variable) in self.state else log.variable

    def _step_done(self) -> None:
        self.steps += 1
        self._gradients.clear()
        self._kept.clear()
        self.operations.forget()
        for log in self.models.values():
            for other in self.models.values():
                if log.inputs and other.inputs and log.inputs.keys() - other.inputs.keys():
                    log.apart[id(other.model)] += 1
                if self.steps <= DENSE and log is not other:
                    self._beside(log, other)
        for log in self.models.values():
            log.inputs.clear()
            log.last = ([], [])
        if self.steps == FOLLOWED:
            self.operations.stop()

    def _beside(self, log: ModelLog, other: ModelLog) -> None:
        """In a step of Python: was a model given any rows but those that the other one was given?"""
        if len(other.inputs) != 1:
            return
        ((mark, rows),) = other.inputs.items()
        mine = {key for key, tensor in log.inputs.items() if shape_of(tensor) == shape_of(rows)}
        if mine and varied(rows):
            log.beside[id(other.model)] += 1
            log.equal_beside[id(other.model)] += mine == {mark}

    def _current_trace(self) -> Trace:
        """The log of the outermost graph that is being traced now; one that was begun again starts it again."""
        assert self._trace is not None
        if keras.backend.backend() != "tensorflow":
            return self._trace
        root = root_graph()
        if self._trace.graph is not root:
            self._trace = Trace(graph=root, models=self._trace.models)
        return self._trace
