"""`Progress`: what a live view may show while `fit` runs; handed to listeners at most about twice a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A moment of the training.

    Args:
        epoch, epochs: 1-based epoch and epochs asked; step, steps_per_epoch: within the epoch (None if unknown).
        elapsed, remaining: seconds; remaining is None while it can't be estimated.
        losses: recent true batch losses (at most 200, thinned); loss_steps: their step numbers.
        history: epoch logs so far.
        layers: layer name -> {"gradient_norm", "update_ratio", "dead", "saturated"} (latest values).
        events: sentences that are sure already, such as "loss is NaN since step 212, first in layer dense_3".
        done: the training has ended; interrupted: by the user; raised: type of the exception that ended it, else "".
    """

    epoch: int
    epochs: int
    step: int
    steps_per_epoch: int | None = None
    elapsed: float = 0.0
    remaining: float | None = None
    losses: tuple[float, ...] = ()
    loss_steps: tuple[int, ...] = ()
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    layers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    done: bool = False
    interrupted: bool = False
    raised: str = ""
