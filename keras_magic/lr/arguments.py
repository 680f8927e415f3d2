"""What is refused before anything is trained: one line that says what was given and what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_magic.errors import UnsupportedError, UsageError
from keras_magic.lr.optimizer import working_copy

FEWEST_STEPS = 10


def check_model(model: Any) -> None:
    import keras

    if not isinstance(model, keras.Model):
        raise UsageError(f"model must be a keras.Model; got {type(model).__name__}")
    if not model.compiled or model.optimizer is None:
        raise UsageError("the model is not compiled; call model.compile(optimizer, loss) first")
    if isinstance(model.optimizer, getattr(keras.optimizers, "MultiOptimizer", ())):
        raise UnsupportedError("MultiOptimizer has a rate for each of its optimizers; compile with one optimizer to find its rate")


def check_rates(low: Any, high: Any) -> None:
    for name, value in (("min_lr", low), ("max_lr", high)):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < np.inf:
            raise UsageError(f"{name} must be a positive number; got {value!r}")
    if not low < high:
        raise UsageError(f"min_lr must be below max_lr; got min_lr={low:g} and max_lr={high:g} (the wrong way round?)")


def check_count(name: str, value: Any, least: int, reason: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(f"{name} must be a whole number of at least {least}{f' ({reason})' if reason else ''}; got {value!r}")


def compared(model: Any, named: Mapping[str, Any], vary: Any) -> dict[str, Sequence[Any]]:
    """Setting -> values to repeat the search with, each of them possible."""
    if vary is not None and not isinstance(vary, Mapping):
        raise UsageError(f'vary must map a setting to its values, as in {{"clipnorm": [0.5, 1.0]}}; got {vary!r}')
    options = {**named, **(vary or {})}
    for setting, values in options.items():
        if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)):
            raise UsageError(f"the values of {setting} to compare must be a list; got {values!r}")
        for value in values:
            if setting == "batch_size":
                check_count("each of batch_sizes", value, 1)
            else:
                working_copy(model.optimizer, {setting: value})
    return options
