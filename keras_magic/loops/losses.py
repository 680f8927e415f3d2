"""`Losses`: how a recorder takes in calls of losses and metrics, and the rows that they compare."""

from __future__ import annotations

from typing import Any

from keras_magic.keras_adapter.compiled import came_from_logits, loss_arguments
from keras_magic.loops import weights
from keras_magic.loops.batches import Batches
from keras_magic.loops.logs import LossLog, MetricLog, shape_of
from keras_magic.loops.reading import Kwargs, runs_eagerly
from keras_magic.loops.updates import DENSE, FOLLOWED, SPARSE, Updates


class Losses(Updates):
    """Losses, metrics, and rows of inputs and targets."""

    def _loss_called(self, loss: Any, kwargs: Kwargs, *values: Any, from_logits: bool | None = None) -> None:
        given = {**dict(zip(("y_true", "y_pred"), values, strict=False)), **kwargs}
        true, predicted = given.get("y_true"), given.get("y_pred")
        self._find_rows(loss, true, predicted)
        trail = self.operations.of(predicted)
        if (trail is None and self.steps >= FOLLOWED) or (self.steps >= DENSE and self.steps % SPARSE):
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
            if self._recording() and len(inputs) == len(outputs) == 1 and outputs[0] is predicted:
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
