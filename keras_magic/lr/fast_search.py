"""Fast mode: a shorter sweep proposes a rate, and the steps that it leaves are spent on what it found.

Where the loss fell, very short trainings around the proposed rate: a sweep stays at each rate for a moment only, so it shows late
what breaks. They see the batches of the sweep's first round, whose rates did nothing yet: so the untrained loss on each of these
batches is known without a step more, and what differs is the learning rate alone.
Where it did not fall, a few steps at one rate show nothing either, and all there is to see is where training breaks: a second,
slower sweep looks there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from keras_magic.lr import suggest
from keras_magic.lr.arguments import FEWEST_STEPS
from keras_magic.lr.schedule import lattice
from keras_magic.lr.steps import Stepper
from keras_magic.lr.sweep import Sweep, sweep
from keras_magic.lr.verify import CLIFF_WEIGHT, UNKNOWN, Trial, badness, train

#: Share of the steps that the sweep gets. Source of all numbers here: measured; see the benchmark of the learning-rate finder.
SWEEP = 0.6
#: So many trainings share what it leaves ...
TRAININGS = 4
#: ... and with fewer steps each they would say less than a longer sweep.
FEWEST = 8
#: Share of a training's last losses that count.
TAIL = 0.5
#: A cliff so many decades above a rate counts against it.
AHEAD = 0.5
#: The sweep's answer counts, too: badness of a rate one decade away from it, growing by the square.
TRUST = 0.3
#: The same where no training ended half a noise width below the untrained loss (`LEARNS`): on a plateau that takes longer to leave
#: the lowest rate looks best, and all that can be seen is what breaks.
TRUST_ON_PLATEAU = 3.0
LEARNS = 0.5
#: A descent of fewer noise widths of the batches is measured as so many: a weak one says little against the sweep's answer.
WEAK = 4.0
#: Decades between the learning rates that are weighed against each other.
GRAIN = 0.05
#: Decades of the second sweep: with two fifths of the steps it is as slow as a sweep of all steps over the usual eight.
CLOSER = 3.0


def sweep_steps(steps: int) -> int:
    """How many of all steps the sweep gets: all of them where too few would be left for the trainings."""
    shorter = round(SWEEP * steps)
    return shorter if (steps - shorter) // TRAININGS >= FEWEST else steps


@dataclass
class FastSearch:
    """The answer of a sweep and of what fast mode adds to it; grows while it runs, so that an interrupt leaves what there is.

    Args:
        swept: the sweep; low, high: range of the learning rates to take.
        gentle: the highest rate to take where the loss was not seen to fall; momentum: of the optimizer.
        trials: very short trainings; closer: the second sweep.
    """

    swept: Sweep
    low: float
    high: float
    gentle: float = np.inf
    momentum: float = 0.0
    trials: list[Trial] = field(default_factory=list)
    closer: Sweep | None = None

    def run(self, stepper: Stepper, steps: int, seed: int, listener: Callable[[Trial], None] | None = None) -> None:
        """Spend `steps` more; none where they are too few."""
        length = min(steps // TRAININGS, len(self.swept.first_round))
        if length < FEWEST:
            return
        if suggest.falls_in_pairs(self.swept.lrs, self.swept.losses, self.swept.cycle):
            self._compare(stepper, length, seed, listener)
        else:
            top = float(self.swept.lrs[-1])
            self.closer = sweep(stepper, top / 10**CLOSER, top, steps, seed=seed, attempts=1)

    @property
    def proposed(self) -> float:
        """What the last sweep that is long enough to be read proposes."""
        if self.closer is not None and len(self.closer.lrs) >= FEWEST_STEPS:
            return self._within(min(suggest.single(self.closer.lrs, self.closer.losses), self.gentle))
        return self._within(suggest.single(self.swept.lrs, self.swept.losses))

    @property
    def proposed_in_pairs(self) -> float:
        """The same of a sweep whose fall is hidden by what differs between batches: each is compared with itself."""
        if suggest.falls(self.swept.lrs, self.swept.losses):
            return self.proposed
        return self._within(suggest.single(self.swept.lrs, suggest.paired(self.swept.losses, self.swept.cycle)))

    def _within(self, rate: float) -> float:
        return float(np.clip(rate, self.low, self.high))

    @property
    def choice(self) -> float:
        """The learning rate to take."""
        if not self.trials:
            return self.proposed
        best = min(self.trials, key=lambda t: t.score)
        if best.diverged:
            return float(max(self.low, min(t.rate for t in self.trials) / 10**AHEAD))
        untrained = float(self.swept.first_round[: len(best.losses)][-best.tail :].mean())
        noise = suggest.noise_of(self.swept.losses)
        learns = untrained - best.score >= LEARNS * noise
        trust = TRUST if learns else TRUST_ON_PLATEAU
        rate = weighed(self.trials, max(untrained, best.score + WEAK * noise), self.proposed_in_pairs, trust)
        return max(self.low, rate * self._built_up(best) if learns else min(rate, self.gentle))

    def _built_up(self, trial: Trial) -> float:
        """Share of a step's effect that momentum has come to where the trial is judged: goes on to 1 in a longer training."""
        steps = np.arange(len(trial.losses) - trial.tail, len(trial.losses)) + 1
        return float(np.mean(1 - self.momentum**steps))

    @property
    def source(self) -> str:
        """What the answer is read off, in words."""
        if self.trials:
            return f"a sweep and {len(self.trials)} very short trainings"
        return "a single sweep" if self.closer is None else "two sweeps"

    def _compare(self, stepper: Stepper, length: int, seed: int, listener: Callable[[Trial], None] | None) -> None:
        rates = lattice(self.low, self.high)
        start = int(np.argmin(np.abs(np.log10(rates / self.proposed_in_pairs))))
        tried: dict[int, float] = {}
        while len(tried) < TRAININGS and (following := following_rate(tried, start, len(rates))) is not None:
            self.trials.append(train(stepper, float(rates[following]), length, seed, round(TAIL * length)))
            tried[following] = self.trials[-1].score
            if listener is not None:
                listener(self.trials[-1])


def weighed(trials: Sequence[Trial], untrained: float, proposed: float, trust: float = TRUST) -> float:
    """The rate to take: as in `verify.choose` its badness and the square of that further up count; and its distance from the
    proposed one. Between the learning rates that were tried the badness is taken as linear in their logarithm."""
    ordered = sorted(trials, key=lambda t: t.rate)
    bad = badness(ordered, untrained)
    position = np.log10([t.rate for t in ordered])
    rates = np.append(np.arange(position[0], position[-1], GRAIN), position[-1])
    above = np.interp(rates + AHEAD, [*position, position[-1] + AHEAD], [*bad, max(UNKNOWN, bad[-1])])
    away = rates - np.log10(proposed)
    risk = np.interp(rates, position, bad) + CLIFF_WEIGHT * np.minimum(above, 1) ** 2 + trust * away**2
    return float(10 ** rates[np.argmin(risk)])


def following_rate(scores: Mapping[int, float], start: int, count: int) -> int | None:
    """Which of `count` rates to try next: `start`, its neighbours, then around the best one so far; None when all of these were.

    Args:
        scores: index of a rate -> where its training ended.
    """
    best = min(scores, key=lambda i: (scores[i], i), default=start)
    wanted = [start, start + 1, start - 1, best + 1, best - 1, best - 2, best + 2]
    return next((i for i in wanted if 0 <= i < count and i not in scores), None)
