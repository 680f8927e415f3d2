"""The range test (Smith 2015): the learning rate grows a little at every step, the true batch losses say where training takes hold
and where it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keras_magic.lr.schedule import exponential
from keras_magic.lr.steps import Stepper
from keras_magic.lr.suggest import beta_for, noise_of, smooth

#: Stop when the smoothed loss is so many descents (or noise widths) above its start: measured on the descent, not as a
#: factor of the loss, so that losses near zero or below it are safe.
STOP_DESCENTS = 2.0
#: A single loss this many descents above the start ends the sweep inside the compiled loop.
STOP_AT_ONCE = 10.0
#: Losses needed before start and noise can be determined.
SETTLED = 8
#: A sweep that breaks this early started too high and is repeated further down.
TOO_EARLY = 0.2
#: A sweep goes so many times through the same batches: what differs along it is the learning rate, not the batches.
#: Source: blocking (Fisher 1935); measured here: mean regret of `suggest.single` 0.076 without, 0.049 with it.
ROUNDS = 5

Listener = Callable[[np.ndarray, np.ndarray], None]


@dataclass(frozen=True)
class Sweep:
    """One range test.

    Args:
        lrs, losses, penalties: rate, true batch loss before the update, and the part of it that the model adds
            (regularisation; NaN where it cannot be separated); shape (steps,).
        diverged: the loss ran away (or became NaN) before the highest rate was reached.
        interrupted: the user stopped it.
        cycle: batches after which the first one came again.
    """

    lrs: np.ndarray
    losses: np.ndarray
    penalties: np.ndarray
    diverged: bool = False
    interrupted: bool = False
    cycle: int = 0

    @property
    def first_round(self) -> np.ndarray:
        """Losses of the first time through the batches: at rates that do nothing yet, so those of the initial weights."""
        return self.losses[: self.cycle]

    @property
    def smoothed(self) -> np.ndarray:
        """The losses smoothed for the eye and for the proposal; wider for more steps, so that it covers the same decades."""
        return smooth(self.losses, beta_for(self.lrs, 0.8)) if len(self.lrs) else self.losses


def runaway(losses: np.ndarray) -> float | None:
    """The loss above which a sweep is to end, given its losses so far; None when it is to end now."""
    if len(losses) < SETTLED:
        return np.inf
    curve = smooth(losses)
    start = float(np.median(losses[:SETTLED]))
    scale = max(start - float(curve.min()), 6 * noise_of(losses), 0.01 * abs(start), 1e-12)
    if curve[-1] > start + STOP_DESCENTS * scale:
        return None
    return start + STOP_AT_ONCE * scale


def sweep(
    stepper: Stepper, low: float, high: float, steps: int, *, seed: int = 0, listener: Listener | None = None, attempts: int = 3
) -> Sweep:
    """Train from the start while the learning rate grows from `low` to `high`; ends early when the loss runs away.

    A sweep that breaks within its first fifth is repeated at lower rates, up to `attempts` sweeps: its start was not harmless.
    An interrupt returns what there is.
    """
    rates = exponential(low, high, steps)
    for _ in range(attempts):
        found = _once(stepper, rates, seed, listener)
        if found.interrupted or not found.diverged or len(found.lrs) > TOO_EARLY * steps or len(found.lrs) < 2:
            break
        rates = exponential(rates[0] * 1e-4, float(found.lrs[-1]) * 3, steps)
    return found


def _once(stepper: Stepper, rates: np.ndarray, seed: int, listener: Listener | None) -> Sweep:
    seen: list[np.ndarray] = [np.empty(0)]

    def watch(losses: np.ndarray) -> float | None:
        seen[0] = losses
        if listener is not None:
            listener(rates[: len(losses)], losses)
        return runaway(losses)

    cycle = len(rates) // ROUNDS
    stepper.reset()
    try:
        trace = stepper.run(rates, seed, cycle=cycle, watch=watch)
    except KeyboardInterrupt:
        losses = seen[0]
        return Sweep(rates[: len(losses)], losses, np.full(len(losses), np.nan), interrupted=True)
    keep = np.isfinite(trace.losses)
    return Sweep(
        rates[: len(keep)][keep],
        trace.losses[keep],
        trace.penalties[keep],
        diverged=len(trace.losses) < len(rates) or not keep.all(),
        cycle=cycle,
    )
