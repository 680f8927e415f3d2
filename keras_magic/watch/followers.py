"""What the user's callbacks follow: the metric, the direction that counts as better, and what they did with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_OPTIONS = ("patience", "stopped_epoch", "factor", "min_lr", "min_delta", "start_from_epoch", "restore_best_weights")


def restored_epoch(callbacks: Iterable[Any], initial_epoch: int) -> int | None:
    """See `TrainingFacts.restored_epoch`, for a training that came to its end."""
    for callback in callbacks:
        epoch = getattr(callback, "best_epoch", None)
        if (
            getattr(callback, "restore_best_weights", False)
            and getattr(callback, "best_weights", None) is not None
            and isinstance(epoch, int)
        ):
            return epoch - initial_epoch
    return None


def callback_settings(callbacks: Iterable[Any]) -> tuple[dict[str, Any], ...]:
    """See `TrainingFacts.callback_settings`; callbacks without a `monitor` are left out."""
    return tuple(_settings(c) for c in callbacks if isinstance(getattr(c, "monitor", None), str))


def _settings(callback: Any) -> dict[str, Any]:
    options = {k: v for k in _OPTIONS if isinstance(v := getattr(callback, k, None), (bool, int, float))}
    return {"class": type(callback).__name__, "monitor": callback.monitor, "falls": _falls(callback)} | options


def _falls(callback: Any) -> bool | None:
    """Whether a lower value counts as better; None where that is not settled."""
    operation, mode = getattr(callback, "monitor_op", None), getattr(callback, "mode", None)
    if operation is not None:
        try:
            return bool(operation(0.0, 1.0))
        except Exception:  # a callback of the user's own
            return None
    return {"min": True, "max": False}.get(mode if isinstance(mode, str) else "")
