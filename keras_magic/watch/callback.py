"""`Watch`: the watcher as a callback, for `model.fit(..., callbacks=[km.Watch()])`."""

from __future__ import annotations

import inspect
import threading
from typing import Any

import keras

from keras_magic.errors import EvidenceError, UsageError
from keras_magic.facts import TrainingFacts
from keras_magic.keras_adapter.compiled import model_of
from keras_magic.watch.live import Listener
from keras_magic.watch.watcher import Watcher


class Watch(keras.callbacks.Callback):
    """Watch a training: bit for bit the same training, with per-layer evidence gathered on the way.

    Args:
        budget: share of the training time that watching may cost, between 0 and 1.
        listener: called with a `keras_magic.watch.progress.Progress` at most twice a second.

    Raises:
        UsageError: the budget is not a number between 0 and 1.

    Example:
        >>> watch = Watch()
        >>> model.fit(x, y, callbacks=[watch])
        >>> watch.facts.initial_loss

    The facts are those of the last `fit` and are there after an interrupt, too. A callback does not learn how `fit` ended when
    it raised, nor the arguments that it was given; `km.diagnose` and `km.watch` know both.
    """

    def __init__(self, budget: float = 0.05, *, listener: Listener | None = None) -> None:
        super().__init__()
        if isinstance(budget, bool) or not isinstance(budget, (int, float)) or not 0 < budget <= 1:
            raise UsageError(f"Watch(budget={budget!r}): expected a share between 0 and 1, such as 0.05 for five per cent.")
        self._budget = float(budget)
        self._listener = listener
        self._watcher: Watcher | None = None  # the last one
        self._by_thread: dict[int, Watcher] = {}  # trainings in threads may share one callback

    @property
    def facts(self) -> TrainingFacts:
        """What was seen of the last `fit`.

        Raises:
            EvidenceError: no fit has begun yet.
        """
        if self._watcher is None:
            raise EvidenceError("Watch has seen no training yet: hand it to model.fit(..., callbacks=[watch]) first.")
        return self._watcher.facts()

    def on_train_begin(self, logs: Any = None) -> None:
        frame = inspect.currentframe()
        caller = frame.f_back.f_locals.get("self") if frame and frame.f_back else None
        watcher = Watcher(budget=self._budget, listener=self._listener)
        self._watcher = self._by_thread[threading.get_ident()] = watcher
        _move_to_the_end(self, caller)
        source = caller if isinstance(caller, keras.callbacks.CallbackList) else self
        watcher.begin(model_of(source), source.params)

    @property
    def _mine(self) -> Watcher:
        return self._by_thread[threading.get_ident()]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._mine.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._mine.arm()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._mine.end_epoch(logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._by_thread.pop(threading.get_ident()).end()


def _move_to_the_end(callback: Any, caller: Any) -> None:
    """Last in the list that calls it: then no other callback can raise between arming a step and the step.

    The list is replaced, not changed, as Keras is walking through it.
    """
    if isinstance(caller, keras.callbacks.CallbackList) and callback in caller.callbacks:
        caller.callbacks = [*(other for other in caller.callbacks if other is not callback), callback]
