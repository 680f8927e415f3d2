"""torch behind its public functions: how often a tensor was changed in place, and which function mode is the innermost,
and passes without gradients."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def mark(tensor: Any) -> tuple[int, int]:
    """Identity of a tensor and the number of its changes in place: equal while it is the same tensor with the same values."""
    return id(tensor), int(getattr(tensor, "_version", 0))


def is_innermost(mode: Any) -> bool:
    """Whether this function mode was the last one to be entered."""
    from torch import overrides

    return overrides._get_current_function_mode() is mode


def no_gradients() -> AbstractContextManager[Any]:
    """Record nothing for gradients, where the backend is torch, which else keeps every value of a forward pass."""
    import keras

    if keras.backend.backend() != "torch":
        return nullcontext()
    import torch

    return torch.no_grad()
