"""`TorchSteps`: loops on Keras' torch backend: `loss.backward()`, then an optimizer of Keras or of torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from keras_magic.keras_adapter.layers import backend_value
from keras_magic.keras_adapter.torch_tensors import mark
from keras_magic.loops.compiled import Compiled
from keras_magic.loops.logs import Derivative, UnitLog
from keras_magic.loops.reading import Args, Kwargs

GRADIENTS = 8  # backward passes without an update that are kept, and updates whose gradients are followed


class TorchSteps(Compiled):
    """Backward passes fill `.grad`; an update takes what lies there."""

    _torch_step: tuple[UnitLog, list[tuple[Any, Any]], Any] | None = None  # the one of torch's own optimizer that runs now

    def stop(self) -> None:
        super().stop()
        self._safely(self._unapplied)

    def on_backward(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`loss.backward()`: which variables it reached, and whether gradients of an earlier update still lay there."""
        if self._inside["backward"]:  # a function mode calls it once more
            return original(*args, **kwargs)
        before = self._safely(self._gradients_now) or {}
        result = self._within("backward", original, args, kwargs)
        self._safely(self._went_back, args[0], before)
        return result

    def on_torch_grad(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`torch.autograd.grad(loss, variables)`: gradients as values, as a tape gives them."""
        result = original(*args, **kwargs)
        given = dict(zip(("outputs", "inputs"), args, strict=False)) | kwargs
        self._safely(self._differentiated_torch, given.get("outputs"), given.get("inputs"), result)
        return result

    def torch_step_begins(self, optimizer: Any) -> None:
        """`step()` of an optimizer of torch's own, where it trains variables of a Keras model."""
        pairs = self._safely(self._torch_pairs, optimizer) or []
        unit = self._safely(self._unit, [v for _, v in pairs]) if pairs else None
        self._torch_step = (unit, pairs, self._safely(self._before, [unit])) if unit is not None else None

    def torch_step_ends(self, optimizer: Any) -> None:
        if self._torch_step is not None:
            unit, pairs, before = self._torch_step
            self._safely(self._applied, unit, optimizer, pairs, before, True)

    def _recording(self) -> bool:
        if keras.backend.backend() != "torch":
            return super()._recording()
        import torch

        return torch.is_grad_enabled()

    def _known(self) -> Iterator[tuple[Any, Any]]:
        """(Keras variable, torch's parameter in it) of the models seen so far."""
        for log in self.models.values():
            for variable in log.model.trainable_variables:
                inner = backend_value(variable)
                if inner is not None:
                    yield variable, inner

    def _gradients_now(self) -> dict[int, tuple[int, int]]:
        """What lies in `.grad` of each variable: identity and version."""
        return {id(v): mark(p.grad) for v, p in self._known() if p.grad is not None}

    def _went_back(self, loss: Any, before: dict[int, tuple[int, int]]) -> None:
        if not self.models:
            self._find_models()
        reached = {id(v): v for v, p in self._known() if p.grad is not None and before.get(id(v)) != mark(p.grad)}
        if not reached:
            return
        left = {key for key in reached if key in before and before[key] == self._applied_gradients.get(key)}
        self._derivatives.append(Derivative(target=loss, variables=reached, carried=frozenset(left)))
        if len(self._derivatives) > GRADIENTS:
            self._unapplied()

    def _unapplied(self) -> None:
        """Gradients that no update has taken."""
        for derivative in self._derivatives:
            if derivative.variables:
                self._note_target(self._unit(list(derivative.variables.values())), derivative.target)
        self._derivatives.clear()

    def _differentiated_torch(self, outputs: Any, inputs: Any, result: Any) -> None:
        sources = [self._variable(v) for v in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
        self._differentiated(outputs, sources, result)

    def _torch_pairs(self, optimizer: Any) -> list[tuple[Any, Any]]:
        given = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
        pairs = [(p.grad, self._variable(p)) for p in given]
        return pairs if pairs and all(hasattr(v, "trainable") for _, v in pairs) else []

    def _take_derivatives(self, unit: UnitLog, pairs: Sequence[tuple[Any, Any]]) -> None:
        """The backward passes since the last update that reached these variables are this unit's."""
        if keras.backend.backend() != "torch":
            return
        mine = [d for d in self._derivatives if d.variables.keys() & unit.key]
        self._derivatives = [d for d in self._derivatives if not (d.variables.keys() & unit.key)]
        for derivative in mine:
            self._note_target(unit, derivative.target)
        unit.followed += bool(mine)
        unit.carried += any(derivative.carried & unit.key for derivative in mine)
        for gradient, variable in pairs:
            if gradient is not None:
                self._applied_gradients[id(self._variable(variable))] = mark(gradient)
