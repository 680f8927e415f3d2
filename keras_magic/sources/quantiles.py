"""Which quantiles does a loss of the user's own ask for? A pinball loss is asked with errors of both signs, and read.

Koenker and Bassett 1978 (Regression Quantiles): where a prediction that is too low costs q times its error, and one that is too
high 1 - q times, the best prediction is the q-quantile.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

ROWS = 8
SAME = 1e-3


def turned_quantiles(model: Any, true: Any, pred: Any) -> dict[str, Any] | None:
    """The quantiles that the compiled loss asks for, where they are 1 minus those that it was given.

    Args:
        true, pred: targets (rows, 1) or (rows,) and predictions (rows, outputs) of a few rows.

    Returns:
        {"name", "given", "asked"}: what holds the quantiles, these, and those that the errors say. None for every other loss.
    """
    loss = getattr(model, "loss", None)
    if not callable(loss) or type(loss).__module__.startswith("keras.") or getattr(loss, "__module__", "").startswith("keras."):
        return None
    if not isinstance(true, np.ndarray) or not isinstance(pred, np.ndarray) or pred.ndim != 2 or true.size != len(true):
        return None
    asked = _asked(loss, true.reshape(len(true), -1)[:ROWS], pred.shape[1], pred.dtype)
    if asked is None:
        return None
    near = {name: given for name, given in _levels(loss, len(asked)) if len(given) == len(asked)}
    if any(np.allclose(given, asked, atol=SAME) for given in near.values()):
        return None
    name = next((name for name, given in near.items() if np.allclose(1 - given, asked, atol=SAME)), None)
    return None if name is None else {"name": name, "given": tuple(near[name].tolist()), "asked": tuple(asked.tolist())}


def _asked(loss: Any, true: np.ndarray, outputs: int, dtype: Any) -> np.ndarray | None:
    """The quantile of each output; None where the loss is no pinball loss."""
    import keras

    exact = np.repeat(true, outputs, axis=1).astype(dtype)
    step = float(true.std()) or 1.0

    def cost(output: int, error: float) -> float:
        guess = exact.copy()
        guess[:, output] += error
        value = loss(keras.ops.convert_to_tensor(true.astype(dtype)), keras.ops.convert_to_tensor(guess))
        return float(np.mean(keras.ops.convert_to_numpy(value)))

    asked = []
    for output in range(outputs):
        high, low, twice, none = (cost(output, error) for error in (step, -step, 2 * step, 0.0))
        if not (high > 0 and low > 0 and abs(none) < SAME * (high + low) and abs(twice - 2 * high) < 0.01 * high):
            return None
        asked.append(low / (high + low))
    return np.round(asked, 4)


def _levels(loss: Any, outputs: int) -> Iterator[tuple[str, np.ndarray]]:
    """What the loss holds or names that may be quantiles: numbers between 0 and 1, one for each output."""
    function = loss if isinstance(loss, types.FunctionType) else getattr(type(loss), "call", None)
    held: dict[str, Any] = {} if isinstance(loss, types.FunctionType) else dict(vars(loss))
    if isinstance(function, types.FunctionType):
        known: Mapping[str, Any] = inspect.getclosurevars(function).globals
        held |= {**known, **inspect.getclosurevars(function).nonlocals}
        held |= {p.name: p.default for p in inspect.signature(function).parameters.values() if p.default is not p.empty}
    for name, value in held.items():
        try:
            numbers = np.ravel(np.asarray(value, dtype="float64"))
        except (TypeError, ValueError):
            continue
        if len(numbers) == outputs and ((numbers > 0) & (numbers < 1)).all():
            yield name, numbers
    for value in function.__code__.co_consts if isinstance(function, types.FunctionType) and outputs == 1 else ():
        if isinstance(value, float) and 0 < value < 1:
            yield str(value), np.array([value])
