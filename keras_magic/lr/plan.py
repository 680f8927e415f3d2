"""What a search for a learning rate may use, and how its progress is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from keras_magic import prices
from keras_magic.clock import Clock
from keras_magic.errors import UsageError
from keras_magic.lr.fast_search import sweep_steps
from keras_magic.lr.sweep import Sweep
from keras_magic.lr.verify import Trial

#: Default of `seconds`.
SECONDS = 60.0
#: Fewer steps say nothing, neither in a sweep nor in a short training.
LEAST = 20


@dataclass(frozen=True, kw_only=True)
class LRProgress:
    """A moment of the search, for a progress bar.

    Args:
        phase: "sweep" | "training" (short trainings at fixed rates); rate, loss: the latest.
        done: share of the work, 0..1, and left: seconds that the rest takes at most, estimates; lrs, losses: the sweep so far.
    """

    phase: str
    rate: float
    loss: float
    done: float
    left: float | None = None
    lrs: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()


#: What a search that has to be cut spends on its sweep, and on each of its short trainings (it needs three, and mostly five).
SWEEP_SHARE, TRIAL_SHARE = 0.3, 0.14
Listener = Callable[[LRProgress], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Checked arguments of one search."""

    min_lr: float = 1e-7
    max_lr: float = 10.0
    steps: int = 100
    fast: bool = False
    seed: int = 0
    trial_steps: int = 80
    max_steps: int
    clock: Clock | None = None
    planned: bool = False  # the steps are cut to what the clock leaves time for, once the price of a step is known
    asked: tuple[int, int] | None = None  # the lengths of sweep and short trainings before they were cut, and
    needed: float = 0.0  # seconds that these would have taken
    progress: Listener | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    initial_weights: Sequence[Any] | None = None
    current: float | None = None  # the user's learning rate, where the optimizer may no longer hold it
    changes: Mapping[str, Any] | None = None

    @property
    def sweep_steps(self) -> int:
        return sweep_steps(self.steps) if self.fast else self.steps

    @property
    def total(self) -> int:
        """Training steps in all, at most."""
        return self.steps if self.fast else self.max_steps

    def cut(self, step: float) -> Plan:
        """The plan with as many steps as there is time for, where one takes so many seconds.

        Raises:
            UsageError: there is no time for the shortest sweep; says what it takes.
        """
        assert self.clock is not None
        affordable = int(self.clock.left / step) if step else self.total
        if affordable >= self.total:
            return self
        cut = replace(self, asked=(self.steps, self.trial_steps), needed=self.total * step)
        sweep, trial = round(affordable * SWEEP_SHARE), round(affordable * TRIAL_SHARE)
        if not self.fast and min(sweep, trial) >= LEAST:
            shorter, length = min(sweep, self.steps), min(trial, self.trial_steps)
            return replace(cut, steps=shorter, trial_steps=length, max_steps=affordable)
        if affordable < LEAST:
            one, sweep_price = prices.spoken(step), prices.spoken(LEAST * step)
            raise UsageError(
                f"{self.clock.seconds:g} seconds are too few: a step takes about {one} with this network, and even a short sweep "
                f"of {LEAST} steps about {sweep_price}; pass seconds={prices.rounded_up(self.clock.wall + LEAST * step)}"
            )
        return replace(cut, fast=True, steps=affordable)


def seconds_left(plan: Plan, stepper: Any, done: float) -> float | None:
    """Seconds that the rest takes at most."""
    if stepper.speed is None:
        return None
    return min((1 - done) * plan.total * stepper.repeats * stepper.speed, plan.clock.left if plan.clock else np.inf)


def sweep_listener(plan: Plan, stepper: Any) -> Callable[[np.ndarray, np.ndarray], None] | None:
    if plan.progress is None:
        return None
    listener = plan.progress

    def listen(lrs: np.ndarray, losses: np.ndarray) -> None:
        done = min(1.0, len(losses) / plan.total)
        lists = {"lrs": tuple(lrs.tolist()), "losses": tuple(losses.tolist())}
        left = seconds_left(plan, stepper, done)
        listener(LRProgress(phase="sweep", rate=float(lrs[-1]), loss=float(losses[-1]), done=done, left=left, **lists))

    return listen


def trial_listener(plan: Plan, stepper: Any) -> Callable[[Trial], None] | None:
    if plan.progress is None:
        return None
    listener = plan.progress

    def listen(trial: Trial) -> None:
        done = min(1.0, stepper.steps_run / stepper.repeats / plan.total)
        listener(LRProgress(phase="training", rate=trial.rate, loss=trial.score, done=done, left=seconds_left(plan, stepper, done)))

    return listen


def range_of(plan: Plan, swept: Sweep) -> tuple[float, float]:
    """Where rates are looked for: as asked, or further down where the sweep had to begin lower."""
    return min(plan.min_lr, float(swept.lrs[0])), plan.max_lr
