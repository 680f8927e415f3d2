"""Optimizers: a working copy with a settable learning rate, that of a schedule, and the way back to the user's optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_magic.errors import UnsupportedError, UsageError, summary_of
from keras_magic.keras_adapter.optimizer import copy_exclusions, given_rate, innermost, with_plain_rate
from keras_magic.keras_adapter.variables import assign_copy

#: Settings of Keras' schedules that are rates, as opposed to numbers of steps and factors.
_RATES = ("initial_learning_rate", "end_learning_rate", "warmup_target", "values", "learning_rate", "peak", "max_lr", "base_lr")
#: Two optimizers name their momentum otherwise.
_ALIASES = {"momentum": "beta_1"}
#: Optimizers whose step moves each weight by about the learning rate, however large its gradient is ...
_MOVE_BY_RATE = ("Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion")
#: ... and the share of the weights' size by which one step may move them: more undoes what was learned, or what was initialised.
_GENTLE = 0.2


def is_schedule(optimizer: Any) -> bool:
    """Whether the learning rate comes from a `LearningRateSchedule`."""
    import keras

    return isinstance(given_rate(optimizer), keras.optimizers.schedules.LearningRateSchedule)


def peak(schedule: Any) -> float:
    """The highest rate that a schedule gives, seen at steps up to a million (dense near the start, where warm-ups end)."""
    steps = np.unique(np.geomspace(1, 1e6, 120).astype(int))
    return max(float(schedule(int(s))) for s in (0, *steps))


def rate_of(optimizer: Any) -> float | None:
    """The optimizer's rate, a schedule's peak; None where it cannot be read."""
    rate = given_rate(optimizer)
    try:
        if is_schedule(optimizer):
            return float(f"{peak(rate):.6g}")
        value = rate() if callable(rate) and not hasattr(rate, "assign") else rate
        return float(f"{float(value):.6g}")  # 0.001, not the nearest float32
    except Exception:
        return None  # a user's own schedule may raise anything


def momentum_of(optimizer: Any) -> float:
    """The momentum that lets the effect of a step build up to 1 / (1 - momentum) times its size; 0 without.

    Adam's and its kin's is corrected for at the start and averages instead of adding up."""
    return float(getattr(innermost(optimizer), "momentum", None) or 0.0)


def gentle_rate(model: Any) -> float:
    """The highest rate at which a step still leaves the weights about as they are; infinite where the gradients' size decides.

    Source: the ratio of updates to weights as a gauge of the learning rate (Karpathy, CS231n); the share is measured.
    """
    if type(innermost(model.optimizer)).__name__ not in _MOVE_BY_RATE:
        return float("inf")
    from keras import ops

    sizes = [float(ops.sqrt(ops.mean(ops.square(ops.cast(w, "float32"))))) for w in model.trainable_weights if len(w.shape) > 1]
    return _GENTLE * float(np.median(sizes)) if sizes else float("inf")


def working_copy(optimizer: Any, changes: Mapping[str, Any] | None = None) -> Any:
    """An unbuilt optimizer with the same settings, some of them changed, and a plain rate instead of a schedule.

    Raises:
        UsageError: the optimizer has no setting of that name.
        UnsupportedError: it cannot be rebuilt from its configuration.
    """
    inner = innermost(optimizer)
    try:
        config = {**with_plain_rate(inner, 1e-3).get_config(), "learning_rate": 1e-3}
    except Exception as error:
        raise UnsupportedError(f"{type(inner).__name__}.get_config() fails ({error}); the optimizer cannot be copied") from error
    for name, value in (changes or {}).items():
        config[_setting(config, name, type(inner).__name__)] = value
    try:
        copy = type(inner).from_config(config)
        if inner is not optimizer:
            scaling = {k: v for k, v in optimizer.get_config().items() if k != "inner_optimizer"}
            return type(optimizer)(copy, **scaling)
    except Exception as error:
        if changes:
            given = ", ".join(f"{name}={value!r}" for name, value in changes.items())
            raise UsageError(f"{type(inner).__name__} does not take {given}: {summary_of(error)}") from error
        raise UnsupportedError(f"{type(inner).__name__} cannot be rebuilt from its get_config(): {error}") from error
    return copy


def _setting(config: Mapping[str, Any], name: str, optimizer: str) -> str:
    found = next((n for n in (name, _ALIASES.get(name)) if n in config), None)
    if found is None:
        known = ", ".join(sorted(k for k in config if k not in ("name", "learning_rate")))
        raise UsageError(f"{optimizer} has no setting {name!r}; it has: {known}")
    return found


def copy_state(source: Any, target: Any, weights: list[Any]) -> None:
    """Build `target` for `weights` and give it the slots and the iteration of `source` (all but the learning rate)."""
    pairs = [(source, target)]
    if innermost(source) is not source:
        pairs.append((innermost(source), innermost(target)))
    for old, new in pairs:
        copy_exclusions(old, new)
    target.build(weights)
    if not source.built:
        return
    for old, new in pairs:
        before, after = (
            [v for v in o.variables if v is not given_rate(o) and not (v.name == "learning_rate" and v.shape == ())]
            for o in (old, new)
        )
        if [v.shape for v in before] == [v.shape for v in after]:  # differ when the trainable weights changed since
            for a, b in zip(before, after, strict=True):
                assign_copy(b, a.value)


def scaled_schedule(schedule: Any, rate: float) -> Any:
    """The same schedule with its rates scaled so that the peak is `rate`.

    Raises:
        UnsupportedError: its rates cannot be found in `get_config()`.
    """
    before = peak(schedule)
    factor = rate / before
    name = type(schedule).__name__
    try:
        config = schedule.get_config()
        scaled = {k: _scale(v, factor) if k in _RATES else v for k, v in config.items()}
        result = type(schedule).from_config(scaled)
    except Exception as error:
        raise UnsupportedError(f"{name} cannot be scaled ({error}); compile with one that peaks at {rate:.3g}") from error
    if not np.isclose(peak(result), rate, rtol=1e-3):
        raise UnsupportedError(f"{name} keeps its rates where they cannot be scaled; compile with one that peaks at {rate:.3g}")
    return result


def _scale(value: Any, factor: float) -> Any:
    if isinstance(value, (list, tuple)):
        return [_scale(v, factor) for v in value]
    return None if value is None else float(f"{value * factor:.6g}")


def set_rate(model: Any, rate: float) -> None:
    """Set the learning rate of the compiled model; a schedule is scaled so that it peaks there."""
    optimizer = innermost(model.optimizer)
    if is_schedule(optimizer):
        optimizer.learning_rate = scaled_schedule(given_rate(optimizer), rate)
        model.train_function = None  # the traced one holds the old schedule
    elif hasattr(given_rate(optimizer), "assign"):
        optimizer.learning_rate = rate
    else:
        raise UnsupportedError(f"your own function computes the learning rate; let it return {rate:.3g} or compile with a number")


def code_for(model: Any, rate: float, name: str = "model") -> str:
    """A line to paste that sets the learning rate, or the lines that make the same schedule peak there."""
    number = f"{rate:.3g}"
    if not is_schedule(model.optimizer):
        return f"{name}.optimizer.learning_rate = {number}"
    schedule = given_rate(model.optimizer)
    try:
        config = scaled_schedule(schedule, rate).get_config()
    except UnsupportedError as error:
        return f"# {error}"
    arguments = ", ".join(f"{k}={_literal(v)}" for k, v in config.items() if k != "name" and v is not None)
    module = "keras.optimizers.schedules." if type(schedule).__module__.startswith("keras") else ""
    return (
        f"schedule = {module}{type(schedule).__name__}({arguments})\n"
        f"{name}.optimizer.learning_rate = schedule\n"
        f"{name}.make_train_function(force=True)  # the compiled step holds the old schedule"
    )


def _literal(value: Any) -> str:
    return repr(float(f"{value:.6g}")) if isinstance(value, float) else repr(value)
