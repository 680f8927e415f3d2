"""`JaxSteps`: loops on Keras' JAX backend: `stateless_call`, `jax.value_and_grad` and `stateless_apply`, eager or inside `jax.jit`.

JAX calls a hook after each compiled function with its arguments and results. Which of these are weights and losses is found once
per function, by running its Python code on abstract arguments (`jax.eval_shape`), as JAX itself does whenever it traces.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_magic.keras_adapter.layers import backend_value, set_backend_value
from keras_magic.keras_adapter.optimizer import updated_variables
from keras_magic.loops import weights
from keras_magic.loops.compiled import Compiled
from keras_magic.loops.logs import Derivative, Trace, UnitLog, shape_of
from keras_magic.loops.reading import Args, Kwargs, leaves_of, tensors_of

KEPT = 8  # derivatives without an update that are kept


@dataclass
class _Update:
    """A `stateless_apply` in a step that is traced: the variables, and their values before and after it."""

    optimizer: Any
    variables: Sequence[Any]
    old: Sequence[Any]
    new: Sequence[Any]


@dataclass
class _Abstract(Trace):
    """What happened while a step was run on abstract arguments."""

    applied: list[_Update] = field(default_factory=list)
    states: list[tuple[Any, Sequence[Any]]] = field(default_factory=list)  # (model, values of its other variables after a call)
    asides: list[Any] = field(default_factory=list)  # leaves of what differentiated functions returned besides the loss


@dataclass
class _Place:
    """Where the numbers of one unit stand among the leaves of a step's arguments and results."""

    unit: UnitLog
    optimizer: Any
    before: dict[int, int]  # id of a variable -> place among the arguments
    after: dict[int, int]  # and among the results
    loss: int | None
    times: int = 1


@dataclass
class _Step:
    """A compiled function: its units; empty where it trains nothing."""

    function: Any
    places: list[_Place] = field(default_factory=list)
    others: dict[int, tuple[Any, int]] = field(default_factory=dict)  # variables that no optimizer changes -> place in the results
    rows: tuple[int, int, int, Any] | None = None
    last: dict[int, np.ndarray] = field(default_factory=dict)  # samples after the call before


class JaxSteps(Compiled):
    """Weights are values that go in and come out of functions."""

    def start(self) -> None:
        super().start()
        self._jitted: dict[int, _Step] = {}

    # ---------------------------------------------------------------- hooks

    def on_stateless_call(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`model.stateless_call(trainable, non_trainable, *inputs)`."""
        model, inputs = args[0], args[3:]
        result = self._within("call", original, args, kwargs)
        noted = isinstance(model, keras.Model) and not self._inside["call"]
        if noted and (self._trace is not None or not _traced(inputs)):
            self._safely(self._called, model)
            self._safely(self._returned, model, inputs, kwargs, result[0])
            if isinstance(self._trace, _Abstract):
                self._trace.states.append((model, list(result[1])))
        return result

    def on_vjp(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """What `jax.grad` and `jax.value_and_grad` differentiate with."""
        self._tapes += 1
        try:
            result = original(*args, **kwargs)
        finally:
            self._tapes -= 1
        self._safely(self._pulled_back, args[1:], result)
        return result

    def on_stateless_apply(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`optimizer.stateless_apply(optimizer_variables, grads, trainable_variables)`."""
        result = self._within("apply", original, args, kwargs)
        given = dict(zip(("optimizer", "state", "grads", "trainable_variables"), args, strict=False)) | kwargs
        update = _Update(
            given["optimizer"], updated_variables(given["optimizer"]), list(given["trainable_variables"]), list(result[0])
        )
        if isinstance(self._trace, _Abstract):
            self._trace.applied.append(update)
        elif not _traced(update.new):
            self._safely(self._updated, update, list(given["grads"]))
        return result

    def on_run(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """A compiled function's way through Python: each first call, and all calls of some."""
        result = original(*args, **kwargs)
        function, given, named = args[2:5]
        self.on_jitted(function, given, named, result[0])
        return result

    def on_jitted(self, function: Any, args: Args, kwargs: Kwargs, result: Any) -> None:
        """A compiled function has run; its Python function is `function`."""
        self.operations.named(function, args, result)
        if self._trace is not None:
            return
        step = self._jitted.get(id(function))
        if step is None:
            step = self._jitted[id(function)] = _Step(function)
            if _is_users(function) and not _traced(result):
                self._safely(self._look_into, step, args, kwargs, result)
        if step.places:
            self._safely(self._stepped, step, args, kwargs, result)

    # ---------------------------------------------------------------- eager steps

    def _pulled_back(self, sources: Any, result: Any) -> None:
        loss = result[0]
        if shape_of(loss) != ():
            return
        if isinstance(self._trace, _Abstract):
            self._trace.asides += leaves_of(result[2]) if len(result) > 2 else []
        elif _traced(loss):
            return
        self._derivatives.append(Derivative(target=loss, sources=frozenset(map(id, leaves_of(sources)))))
        if len(self._derivatives) > KEPT and self._trace is None:
            del self._derivatives[0]

    def _updated(self, update: _Update, gradients: Sequence[Any]) -> None:
        """An update outside of compiled code."""
        unit = self._unit(update.variables)
        keys = [id(self._variable(v)) for v in update.variables]
        before = (
            {k: s for k, o in zip(keys, update.old, strict=True) if (s := weights.sample(o)) is not None} if self._due() else None
        )
        for key, variable, new in zip(keys, update.variables, update.new, strict=True):
            self.state[key] = (variable, new)
        self._take(unit, frozenset(map(id, update.old)))
        self._applied(unit, update.optimizer, list(zip(gradients, update.variables, strict=True)), before, True)

    def _before(self, units: Sequence[UnitLog]) -> dict[int, np.ndarray] | None:
        if self._derivatives and keras.backend.backend() == "jax":
            for unit in units:  # whose weights lie in the model's variables
                self._take(unit, frozenset(id(backend_value(log.variable)) for log in unit.variables.values()))
        return super()._before(units)

    def _take(self, unit: UnitLog, sources: frozenset[int]) -> None:
        """The losses that were differentiated for these weights."""
        for derivative in [d for d in self._derivatives if d.sources & sources]:
            self._derivatives.remove(derivative)
            self._note_target(unit, derivative.target)

    # ---------------------------------------------------------------- compiled steps

    def _look_into(self, step: _Step, args: Args, kwargs: Kwargs, result: Any) -> None:
        """Find the step's weights and losses among its arguments and results."""
        inputs, outputs, trace = self._run_abstractly(step.function, args, kwargs)
        if len(outputs) != len(_leaves(result)):
            return
        stands = {id(leaf): place for place, leaf in enumerate(inputs)}
        comes = {id(leaf): place for place, leaf in enumerate(outputs)}
        derivatives, self._derivatives = self._derivatives, []
        for update in trace.applied:
            keys = [id(self._variable(v)) for v in update.variables]
            before = {k: stands[id(o)] for k, o in zip(keys, update.old, strict=True) if id(o) in stands}
            after = {k: comes[id(n)] for k, n in zip(keys, update.new, strict=True) if id(n) in comes}
            if not after:
                self.faults.append("updates inside of a compiled loop (jax.lax.scan): only its results can be seen")
                continue
            sources = frozenset(map(id, update.old))
            losses = [comes[id(d.target)] for d in derivatives if d.sources & sources and id(d.target) in comes]
            unit = self._unit(update.variables)
            unit.compiled, unit.optimizer = True, update.optimizer
            step.places.append(_Place(unit, update.optimizer, before, after, losses[-1] if losses else None))
        self._find_others(step, trace, outputs)
        if trace.rows is not None and id(trace.rows[1]) in stands and id(trace.rows[2]) in stands:
            key, x, y, loss = trace.rows
            step.rows = (key, stands[id(x)], stands[id(y)], loss)

    def _run_abstractly(self, function: Any, args: Args, kwargs: Kwargs) -> tuple[list[Any], list[Any], _Abstract]:
        """Leaves of the arguments and results of one abstract run, and what happened in it; nothing is computed or printed."""
        import jax

        from keras_magic.watch.snapshot import undisturbed

        leaves, tree = jax.tree.flatten((args, kwargs))
        arrays = [place for place, leaf in enumerate(leaves) if hasattr(leaf, "shape") and hasattr(leaf, "dtype")]
        forms = [jax.ShapeDtypeStruct(leaves[place].shape, leaves[place].dtype) for place in arrays]
        seen: list[list[Any]] = []

        def run(*tracers: Any) -> None:
            filled = list(leaves)
            for place, tracer in zip(arrays, tracers, strict=True):
                filled[place] = tracer
            given, named = jax.tree.unflatten(tree, filled)
            seen[:] = [filled, _leaves(function(*given, **named))]

        before, trace = self._trace, _Abstract()
        self._trace = trace
        try:
            with undisturbed(), contextlib.redirect_stdout(io.StringIO()):
                jax.eval_shape(run, *forms)
        finally:
            self._trace = before
        return seen[0], seen[1], trace

    def _find_others(self, step: _Step, trace: _Abstract, outputs: Sequence[Any]) -> None:
        """Variables that no optimizer changes (moving statistics, seeds), where the results hold them in one unmistakable run."""
        comes = {id(leaf): place for place, leaf in enumerate(outputs)}
        for model, values in trace.states:
            places = [comes.get(id(v)) for v in values]
            if None in places:
                run = _run_of([_form(v) for v in values], [_form(leaf) for leaf in trace.asides])
                found = trace.asides[run : run + len(values)] if run is not None else []
                places = [comes.get(id(leaf)) for leaf in found]
            pairs = zip(model.non_trainable_variables, places, strict=False)
            step.others.update((id(v), (v, place)) for v, place in pairs if place is not None)

    def _stepped(self, step: _Step, args: Args, kwargs: Kwargs, result: Any) -> None:
        outputs = _leaves(result)
        due = self._due()
        inputs = _leaves((args, kwargs)) if due or (step.rows and not self._full(step.rows[0])) else []
        if step.rows and inputs:
            self._rows(self.models[step.rows[0]].model, inputs[step.rows[1]], inputs[step.rows[2]], step.rows[3])
        last, step.last = step.last, {}
        for place in step.places:
            unit = place.unit
            before: dict[int, np.ndarray] = {}
            unit.gradients += 1
            if place.loss is not None:
                self._loss(unit, float(outputs[place.loss]), first=inputs or ())
            for key, log in unit.variables.items():
                self.state[key] = (log.variable, outputs[place.after[key]])
                if due and key in place.before:
                    sample = last[key] if key in last else weights.sample(inputs[place.before[key]])
                    before |= {} if sample is None else {key: sample}
            unit.updates += 1
            unit.micro.append(1)
            self._measured([unit], before if due else None, {}, step.last)
        for key, (variable, where) in step.others.items():
            self.state[key] = (variable, outputs[where])
        self._step_done()

    def _full(self, key: int) -> bool:
        kept = self.batches.get(key)
        return kept is not None and kept.full

    @contextlib.contextmanager
    def trained_state(self) -> Iterator[None]:
        """Let the models hold the weights that the loop has come to, for the duration of a `with`."""
        held = [(v, backend_value(v)) for v, value in self.state.values()]
        for variable, value in self.state.values():
            if not getattr(value, "is_deleted", lambda: False)():
                set_backend_value(variable, value)
        try:
            yield
        finally:
            for variable, value in held:
                set_backend_value(variable, value)


# ---------------------------------------------------------------- inside


def _leaves(thing: Any) -> list[Any]:
    import jax

    return list(jax.tree.leaves(thing))


def _traced(thing: Any) -> bool:
    import jax

    return any(isinstance(leaf, jax.core.Tracer) for leaf in tensors_of(thing))


def _is_users(function: Any) -> bool:
    """Not one of the functions that JAX and Keras are made of."""
    module = str(getattr(function, "__module__", "jax"))
    return module.partition(".")[0] not in ("jax", "jaxlib", "keras", "optax")


def _form(leaf: Any) -> tuple[Any, str]:
    return shape_of(leaf), str(getattr(leaf, "dtype", ""))


def _run_of(forms: Sequence[Any], leaves: Sequence[Any]) -> int | None:
    """Where `forms` stand one after the other among `leaves`; None where nowhere, or in more than one place."""
    found = [k for k in range(len(leaves) - len(forms) + 1) if list(leaves[k : k + len(forms)]) == list(forms)] if forms else []
    return found[0] if len(found) == 1 else None
