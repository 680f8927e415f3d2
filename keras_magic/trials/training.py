"""What a short training is made of: when it ends, the callbacks that it keeps, the compiled step that it shares."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_magic.clock import Clock
from keras_magic.fixes.models import copy_callbacks
from keras_magic.keras_adapter.compiled import arguments as compile_arguments
from keras_magic.keras_adapter.compiled import has_metrics
from keras_magic.run import Run
from keras_magic.sources.trees import leaves, to_numpy

KEPT_CALLBACKS = ("EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler", "TerminateOnNaN")  # those that steer the training


class Stop(keras.callbacks.Callback):
    """Ends the training after a number of steps, or of seconds counted from the end of the first call, or with a clock.

    Args:
        steps: to train; seconds: the longest training; clock: of a larger whole that it is part of; tick: called after each batch.

    Attributes:
        steps: that were trained; trained: seconds they took; cut: the time ended the training.
    """

    def __init__(self, steps: float = math.inf, *, seconds: float, clock: Clock, tick: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.goal, self.seconds, self.clock, self.tick = steps, seconds, clock, tick
        self.cut = False
        self.steps = 0
        self._own: Clock | None = None
        self._in_epoch = 0

    @property
    def trained(self) -> float:
        return self._own.elapsed if self._own else 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._in_epoch = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # Keras before 3.11 gives the first step of an execution of several, later versions its last one
        done = self.model.steps_per_execution if batch == self._in_epoch else batch + 1 - self._in_epoch
        self.steps += done
        self._in_epoch += done
        self.tick()
        self._own = self._own or Clock(self.seconds)
        self.cut = self._own.over or self.clock.over
        if self.steps >= self.goal or self.cut:
            self.model.stop_training = True


def kept_callbacks(run: Run) -> list[Any]:
    """Copies of those user's callbacks that steer the training and leave no files."""
    given = run.fit_arguments.get("callbacks") or ()
    return [c for c in copy_callbacks(given) if type(c).__name__ in KEPT_CALLBACKS and type(c).__module__.startswith("keras")]


def watches_validation(callback: Any) -> bool:
    return str(getattr(callback, "monitor", "")).startswith("val_")


def watches_metric(callback: Any) -> bool:
    return getattr(callback, "monitor", "loss") not in ("loss", "val_loss")


def state_of(model: Any) -> list[Any]:
    """Every variable that a training starts from; metrics are reset by each epoch."""
    weights = [*model.trainable_variables, *model.non_trainable_variables]
    return [*weights, *(model.optimizer.variables if model.optimizer is not None else ())]


def structure_of(model: Any, run: Run, data: tuple[Any, Any, Any], together: int) -> str | None:
    """What the compiled train step depends on, as text; None where it cannot be determined."""
    try:
        optimizer = model.optimizer
        settings = optimizer.get_config()
        settings.pop("name", None)
        if isinstance(settings.get("learning_rate"), float):
            settings.pop("learning_rate")
        shapes = [[(str(to_numpy(a).dtype), np.shape(a)[1:]) for a in leaves(part)] for part in data]
        parts = [
            _plain(model.get_config()),
            type(model).__name__,
            type(optimizer).__name__,
            settings,
            keras.saving.serialize_keras_object((compile_arguments(model) or {})["loss"]),
            [v.path for v in model.trainable_variables],
            shapes,
            run.fit_arguments.get("class_weight") is not None,
            not has_metrics(model),
            together,
        ]
        return json.dumps(parts, default=str, sort_keys=True)
    except Exception:
        return None


def _plain(config: Any) -> Any:
    """A configuration without initialisers and seeds, which shape no computation."""
    if isinstance(config, dict):
        return {k: _plain(v) for k, v in config.items() if not str(k).endswith("initializer") and k != "seed"}
    return [_plain(v) for v in config] if isinstance(config, (list, tuple)) else config


def seed_everything(seed: int) -> None:
    """Seed everything that a training draws from; `undisturbed` puts the user's state back afterwards."""
    import tensorflow as tf

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - a user's layers and datasets may draw from it
    tf.random.set_seed(seed)


def relative_fall(losses: Sequence[float]) -> float:
    """How far the loss of the last fifth of the epochs lies below that of the fifth before, as a share of it."""
    if len(losses) < 4 or not all(map(math.isfinite, losses)):
        return 0.0
    size = max(1, len(losses) // 5)
    before, last = float(np.mean(losses[-2 * size : -size])), float(np.mean(losses[-size:]))
    return (before - last) / max(abs(before), 1e-12)
