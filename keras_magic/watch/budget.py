"""`Budget`: at which steps to measure, so that measuring costs no more than its share of the training time."""

from __future__ import annotations

import math

import numpy as np

DENSE = 32  # steps at the start that are all measured: most of what goes wrong does so there
TRIAL = 15  # steps of each kind that are compared
MOST = 50  # steps between two measured ones, at most


class Budget:
    """Every step is measured unless that turns out too dear; then every n-th is.

    Where steps are Python, each measured step shows its cost. A compiled step does not. Where it has a switch inside, it starts
    from an estimate and compares steps of both kinds as they come. Where it has none, the unmeasured function has to be traced as
    well, which pays only in a long training, so it is left until one is sure to be long.

    Args:
        share: of the training time that measuring may cost.

    Attributes:
        guess: seconds that measuring one step costs, about; 0 where there is no switch.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.stride = 1
        self.cost: float | None = None  # of a measured step, as a share of an unmeasured one
        self.guess = 0.0
        self._count = self._steps = 0
        self._first = 0.0
        self._comparing = self._compared = False
        self._times: dict[bool, list[float]] = {True: [], False: []}

    def due(self) -> bool:
        """Whether the coming step is to be measured."""
        return self._count % (2 if self._comparing else self.stride) == 0

    def note(self, seconds: float, *, measured: bool, remaining: float, own: float | None = None) -> None:
        """An execution has run, of one or more steps.

        Args:
            seconds: it took; remaining: that the training will still take, about.
            own: seconds of it that were measuring, where that is known (steps in Python).
        """
        self._count += 1
        if self._count == 1:
            self._first = seconds
        elif own is not None:
            if measured:
                self._learn(own / max(seconds - own, 1e-6))
        elif self._comparing:
            self._compare(seconds, measured)
        elif not self._compared and self._count >= 50 and remaining * self.share > 2 * self._first:
            self._comparing = True

    def note_switched(self, seconds: float, measured: bool, steps: int) -> None:
        """The same where measuring sits behind a switch."""
        self._count += 1
        self._steps += steps
        if not self._compared and self._count > 1:
            self._estimate(seconds / steps, measured)

    def _learn(self, cost: float) -> None:
        self.cost = cost if self.cost is None else 0.8 * self.cost + 0.2 * cost
        self._settle(self.share)

    def _estimate(self, seconds: float, measured: bool) -> None:
        """A quarter of the share is for these measured steps: the rest is for the dense start and for what every step pays."""
        self._times[measured].append(seconds)
        if self.cost is None and self._steps >= DENSE:
            self.cost = self.guess / max(float(np.median(self._times[True] or seconds)) - self.guess, self.guess)
            self._settle(self.share / 4)
        elif len(self._times[False]) > TRIAL:
            self._compared = True
            plain, own = (float(np.quantile(self._times[kind][-TRIAL:], 0.25)) for kind in (False, True))  # others' load only adds
            self.cost = max(self.cost or 0.0, own / plain - 1)  # never below the estimate: a comparison of so few is coarse
            self._settle(self.share / 4)

    def _compare(self, seconds: float, measured: bool) -> None:
        self._times[measured].append(seconds)
        if min(len(times) for times in self._times.values()) <= TRIAL:
            return
        self._comparing, self._compared = False, True
        plain, own = (float(np.median(self._times[kind][1:])) for kind in (False, True))  # the first plain one was traced
        self.cost = max(0.0, own / plain - 1)
        self._settle(self.share)

    def _settle(self, share: float) -> None:
        self.stride = min(MOST, max(1, math.ceil((self.cost or 0.0) / share)))
