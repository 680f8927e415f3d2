"""Short paired trainings: each candidate rate starts from the same snapshot and sees the same batches, so that what differs is
the learning rate. The search brackets the best one on a fixed lattice of rates; the choice keeps away from cliffs.

A sweep alone is a weak instrument: whether a rate holds shows only when training goes on at that rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from keras_magic.clock import Clock
from keras_magic.lr.schedule import lattice
from keras_magic.lr.steps import Stepper

#: Share of a training's last losses that count.
TAIL = 0.3
#: How much the square of the next higher rate's badness counts: a rate one step below a cliff loses, below a slope it does not.
CLIFF_WEIGHT = 1.0
#: Decades within which a higher rate is the next one.
NEXT = 0.75
#: Badness taken for the next higher rate where none was tried.
UNKNOWN = 0.3
#: What half a decade more must gain (in units of the descent) to be worth its risk: a longer training forgives a low rate.
CAUTION = 0.01
#: Candidates this much worse (in units of the best one's descent) still pull the answer towards themselves.
SOFTNESS = 0.01
#: A rate within this share of the best descent, or within the noise, is as good.
AS_GOOD = 0.05
#: Noise excuses at most so much: a training that broke is noisy, too.
MOST_NOISE = 0.25
#: Short trainings at rates below all others, where the best one predicts without looking at its inputs.
BELOW = 4
#: Batches on which it is tested that the predictions depend on the inputs.
TEST_BATCHES = 10
#: Standard errors above which a difference is believed.
BELIEVE = 3.0


@dataclass(frozen=True)
class Trial:
    """A short training at one rate: its batch losses (shorter when it diverged) and how many of the last ones count."""

    rate: float
    losses: np.ndarray
    tail: int
    diverged: bool = False

    @property
    def ending(self) -> np.ndarray:
        """The losses that count."""
        return self.losses[-self.tail :]

    @property
    def score(self) -> float:
        """Mean of the last losses, infinite when it diverged."""
        return np.inf if self.diverged else float(self.ending.mean())


@dataclass
class Verification:
    """What the short trainings found; grows while they run, so that an interrupt leaves what there is.

    Args:
        trials: in order of their running; on the lattice, except `extra` ones.
        untrained: losses of the untrained network on the batches that count.
        dependence: how many standard errors the trained network's loss rises when the targets are exchanged between rows;
            None where that could not be tested. Near zero: it predicts without looking at its inputs.
        rates: the lattice on which the best one is looked for, in increasing order.
    """

    trials: list[Trial] = field(default_factory=list)
    extra: list[Trial] = field(default_factory=list)
    untrained: np.ndarray | None = None
    dependence: float | None = None
    rates: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def best(self) -> Trial | None:
        """The training that ended lowest."""
        return min((t for t in self.trials if not t.diverged), key=lambda t: (t.score, t.rate), default=None)

    @property
    def lowest(self) -> Trial | None:
        """The training that ended lowest of all, the user's own rate among them."""
        return min((t for t in [*self.trials, *self.extra] if not t.diverged), key=lambda t: (t.score, t.rate), default=None)

    @property
    def rated(self) -> list[Trial]:
        """The trainings that the answer is read off: those of the search, and where none of them lowers the loss, all."""
        ended = [t for t in self.trials if len(t.losses)]
        return ended if self._lowers(self.best) else [*ended, *(t for t in self.extra if len(t.losses))]

    @property
    def edge(self) -> str | None:
        """The end of the range, "min" or "max", at which the best rate lies; None where it lies inside."""
        ends = {"min": self.rates[:1], "max": self.rates[-1:]}
        return next((name for name, end in ends.items() if self.best is not None and np.isclose(end, self.best.rate).any()), None)

    @property
    def bracketed(self) -> bool:
        """Whether the learning rates on both sides of the best one were tried, too."""
        if self.best is None or self.edge is not None:
            return False
        i = int(np.argmin(np.abs(np.log(self.rates / self.best.rate))))
        return self.at(self.rates[i - 1]) is not None and self.at(self.rates[i + 1]) is not None

    @property
    def lowers_loss(self) -> bool:
        """Whether some rate ends below the untrained network, beyond the noise of the paired batches."""
        return self._lowers(self.lowest)

    def _lowers(self, trial: Trial | None) -> bool:
        if self.untrained is None or trial is None:
            return trial is not None
        return bool(standard_errors(self.untrained - trial.ending) > BELIEVE)

    @property
    def learns(self) -> bool:
        """Whether some rate lowers the loss, and by looking at the inputs."""
        return bool(self.lowers_loss and (self.dependence is None or self.dependence > BELIEVE))

    def at(self, rate: float) -> Trial | None:
        """The training at this rate (within 1 %)."""
        return next((t for t in [*self.trials, *self.extra] if np.isclose(t.rate, rate, rtol=0.01)), None)


def standard_errors(differences: np.ndarray) -> float:
    """Mean of paired differences in units of its standard error."""
    if len(differences) < 2:
        return 0.0
    error = float(np.std(differences, ddof=1)) / np.sqrt(len(differences))
    return float(np.mean(differences)) / max(error, 1e-9 * float(np.abs(differences).max()), 1e-30)


def badness(trials: Sequence[Trial], untrained: float) -> np.ndarray:
    """0 for the lowest ending, 1 for no better than untrained, at most 2; for trials in order of their rates."""
    scores = np.array([t.score for t in trials])
    low = scores.min()
    if not np.isfinite(low):
        return np.full(len(scores), 2.0)
    return np.minimum((scores - low) / max(untrained - low, 1e-12), 2.0)


def choose(trials: Sequence[Trial], untrained: float) -> float:
    """The rate to take: a candidate's badness plus the square of its upper neighbour's decides, near ties share the answer.

    Source: measured here; see the benchmark of the learning-rate finder.
    """
    ordered = sorted(trials, key=lambda t: t.rate)
    bad = badness(ordered, untrained)
    position = np.log10([t.rate for t in ordered])
    tried = [i + 1 < len(ordered) and position[i + 1] - position[i] < NEXT for i in range(len(ordered))]
    above = [bad[i + 1] if tried[i] else max(UNKNOWN, bad[i]) for i in range(len(ordered))]
    risk = bad + CLIFF_WEIGHT * np.minimum(above, 1) ** 2 + CAUTION * 2 * position
    weights = np.exp(-(risk - risk.min()) / SOFTNESS)
    return float(10 ** np.average(position, weights=weights))


def band_of(trials: Sequence[Trial], untrained: float) -> tuple[float, float]:
    """Lowest and highest rate that are as good as the best within 5 % of its descent or within the noise; between candidates
    the badness is taken as linear in the logarithm of the learning rate."""
    ordered = sorted(trials, key=lambda t: t.rate)
    bad = badness(ordered, untrained)
    best = int(np.argmin(bad))
    descent = max(untrained - ordered[best].score, 1e-12)
    position = np.log10([t.rate for t in ordered])

    def edge(direction: int) -> float:
        i = best
        while 0 <= i + direction < len(ordered):
            here, there = ordered[i + direction], bad[i + direction]
            allowed = AS_GOOD if here.diverged else float(np.clip(2 * _noise(here, ordered[best]) / descent, AS_GOOD, MOST_NOISE))
            if there > allowed:
                share = (allowed - bad[i]) / max(there - bad[i], 1e-12)
                return float(10 ** (position[i] + np.clip(share, 0, 1) * (position[i + direction] - position[i])))
            i += direction
        return ordered[i].rate

    return edge(-1), edge(+1)


def _noise(one: Trial, other: Trial) -> float:
    difference = one.ending - other.ending
    return float(np.std(difference, ddof=1)) / np.sqrt(len(difference)) if len(difference) > 1 else 0.0


def train(stepper: Stepper, rate: float, steps: int, seed: int, tail: int) -> Trial:
    """A short training at one rate, from the start; its last `tail` losses count."""
    stepper.reset()
    losses = stepper.run(np.full(steps, rate), seed).losses
    return Trial(rate, losses, tail, diverged=len(losses) < steps or not np.isfinite(losses).all())


class Verifier:
    """Runs the short trainings on a stepper, within a budget of steps and seconds."""

    def __init__(
        self,
        stepper: Stepper,
        *,
        steps: int = 80,
        max_steps: int = 500,
        clock: Clock | None = None,
        seed: int = 1,
        listener: Callable[[Trial], None] | None = None,
    ) -> None:
        self.stepper, self.steps, self.seed, self.listener = stepper, steps, seed, listener
        self.tail = max(5, round(TAIL * steps))
        self.last_step = stepper.steps_run + max_steps * stepper.repeats
        self.clock = clock or Clock()
        self.found = Verification()

    def search(self, low: float, high: float, start: float, extra: float | None = None) -> Verification:
        """Bracket the best rate between `low` and `high`, from `start` on; `extra` (the user's own rate) is tried as well.

        An interrupt ends the search; `found` keeps what there is.
        """
        rates = self.found.rates = lattice(low, high)
        self.found.untrained = self._untrained()
        nearest = int(np.argmin(np.abs(np.log10(rates / start))))
        for i in (nearest, nearest + 1, nearest - 1):
            self._try(rates, i)
        if extra is not None and self.found.at(extra) is None:
            on_lattice = int(np.argmin(np.abs(np.log10(rates / extra))))
            if np.isclose(rates[on_lattice], extra, rtol=0.01):
                self._try(rates, on_lattice)
            else:
                self._kept(self._train(extra), self.found.extra)
        self._go_on(rates, self._next)
        if self.found.lowers_loss and not self.found.learns:  # the best rate only found the mean: it may have broken the network
            self.last_step += BELOW * self.steps * self.stepper.repeats
            self._go_on(rates, self._below)
            self._go_on(rates, self._next)
        return self.found

    def _go_on(self, rates: np.ndarray, following: Callable[[np.ndarray], int | None]) -> None:
        while self._affordable() and (rate := following(rates)) is not None:
            self._try(rates, rate)

    def _below(self, rates: np.ndarray) -> int | None:
        """A decade below all rates so far, until one of them learns from the inputs."""
        lowest = min(int(np.argmin(np.abs(np.log(rates / t.rate)))) for t in self.found.trials)
        return lowest - 2 if lowest >= 2 and not self.found.learns else None

    def _next(self, rates: np.ndarray) -> int | None:
        """The neighbour of the best rate that was not tried, or the one beyond a neighbour that is nearly as good."""
        tried = {int(np.argmin(np.abs(np.log(rates / t.rate)))): t for t in self.found.trials}
        best = min(tried, key=lambda i: (tried[i].score, i))
        if {best - 1, best - 2, best - 3} <= tried.keys() and not {best + 1, best + 2} & tried.keys() and best + 2 < len(rates):
            return best + 2  # better and better: the start was far too low
        beside = [i for i in (best + 1, best - 1) if 0 <= i < len(rates)]
        untried = [i for i in beside if i not in tried]
        if untried:
            return untried[0]
        untrained = float(self.found.untrained.mean()) if self.found.untrained is not None else np.inf
        close = tried[best].score + AS_GOOD * (untrained - tried[best].score)
        beyond = [2 * i - best for i in beside if tried[i].score < close]
        return next((i for i in beyond if 0 <= i < len(rates) and i not in tried), None)

    def _affordable(self) -> bool:
        if self.clock.left < self.steps * self.stepper.repeats * (self.stepper.speed or 0.0):
            return False
        return self.stepper.steps_run + self.steps * self.stepper.repeats <= self.last_step and not self.clock.over

    def _try(self, rates: np.ndarray, i: int) -> None:
        if not 0 <= i < len(rates):
            return
        self._kept(self._train(float(rates[i])), self.found.trials)

    def _kept(self, trial: Trial, trials: list[Trial]) -> None:
        trials.append(trial)
        if trial is self.found.lowest:
            self.found.dependence = self._dependence()

    def _train(self, rate: float) -> Trial:
        trial = train(self.stepper, rate, self.steps, self.seed, self.tail)
        if self.listener is not None:
            self.listener(trial)
        return trial

    def _untrained(self) -> np.ndarray:
        """Losses of the initial weights on the batches that count (rate 0)."""
        self.stepper.reset()
        return self.stepper.run(np.zeros(self.tail), self.seed, first=self.steps - self.tail).losses

    def _dependence(self) -> float | None:
        """After a training: does its loss rise when the targets are exchanged between rows?"""
        other = self.stepper.pool.with_shuffled_targets(self.seed)
        if other is None:
            return None
        still, first = np.zeros(TEST_BATCHES), self.steps - TEST_BATCHES
        right = self.stepper.run(still, self.seed, first=first).losses
        wrong = self.stepper.run(still, self.seed, first=first, pool=other).losses
        return standard_errors(wrong - right) if len(wrong) == len(right) else None
