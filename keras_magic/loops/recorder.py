"""`Recorder`: hears of calls, gradients and updates from `capture`, and keeps what they tell.

Each `on_*` method stands in for a method of Keras or TensorFlow: it calls the original as the user did and returns what that
returned. What is measured around it is read in Python; a fault in here is noted and never reaches the user's loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_magic.loops.jax_steps import JaxSteps
from keras_magic.loops.logs import Trace
from keras_magic.loops.reading import Args, Kwargs, is_symbolic, runs_eagerly
from keras_magic.loops.torch_steps import TorchSteps


class Recorder(TorchSteps, JaxSteps):
    """Hears of everything that a loop calls, and passes each call on."""

    def on_call(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """`model(inputs, ...)`: the outermost call only; what a model calls inside is its own affair."""
        if self._inside["call"] or is_symbolic(args, kwargs):
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
        eager = unit is not None and runs_eagerly()
        before = self._safely(self._before, [unit]) if eager else None
        result = self._within("apply", original, (optimizer,), given)
        if unit is not None:
            self._safely(self._applied, unit, optimizer, pairs, before, eager)
        return result

    def on_function(self, original: Callable[..., Any], args: Args, kwargs: Kwargs) -> Any:
        """A `tf.function` called from Python: the outermost one only."""
        if self._inside["function"] or self._inside["batch"] or not runs_eagerly():
            return original(*args, **kwargs)
        log = self._safely(self._function, args[0], args[1:], kwargs)
        if log is None:
            return original(*args, **kwargs)
        units = [self.units[key] for key in log.updates if key in self.units]
        before = self._safely(self._before, units) if units else None
        self._safely(self._still_there, log)
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
