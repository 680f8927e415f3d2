"""What it costs to go on: seconds of a trace and of a step, as the user's own training showed them.

Every measurement of a diagnosis that trains is planned with them in one place before it starts: it is made where it fits into the
time that is left; else it is refused, and the refusal says what it would take.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from keras_magic.clock import PATIENCE, busy
from keras_magic.facts import Facts, TrainingFacts

RANGE_TEST = 200  # steps of a quick range test: its sweep and the short trainings that it needs at least, about
LEAST_STEPS = 30  # steps from which a trial says something; fewer where the user's own training has no more
LEAST_ROWS = 64  # from which a skill says something
#: To make a copy and to trace its step and its predictions, in traces of the user's own watched step. Measured: MobileNetV2 0.8,
#: U-Net 0.7, ResNet50 0.9, a Transformer of four blocks 1.3, two bidirectional LSTMs 2.1.
OWN_TRACE = 1.3


@dataclass(frozen=True)
class Prices:
    """Seconds that one thing takes for this network on this machine; 0 where it is not known.

    Args:
        trace: to make and compile a training step; step: to run it (median).
    """

    trace: float = 0.0
    step: float = 0.0

    @classmethod
    def of(cls, training: TrainingFacts | None) -> Prices:
        """As a training showed them; one that ended before its first step paid for (a part of) a trace."""
        if training is None:
            return cls()
        trace = training.seconds_to_trace if training.seconds_to_trace is not None else training.seconds
        waited = PATIENCE if busy() else 1.0  # a clock counts so much less where others hold the machine
        return cls(trace=trace / waited, step=(training.seconds_per_step or 0.0) / waited)

    @property
    def copy(self) -> float:
        """To make the network once more and compile it."""
        return OWN_TRACE * self.trace

    def at_once(self, most: int, seconds: float = 0.25) -> int:
        """Steps that may run without a look at the clock, at most so many."""
        return max(1, min(most, int(seconds / self.step))) if self.step else most

    def rows_to_judge(self, most: int, batch: int, seconds: float = 0.5) -> int:
        """Rows that are predicted in so many seconds, at most so many: a forward pass is about a third of a step (Kaplan et al.
        2020, section 2.1)."""
        return max(LEAST_ROWS, min(most, int(3 * seconds / self.step * batch))) if self.step else most

    @property
    def range_test(self) -> float:
        """To measure where the learning rate stands."""
        return self.copy + RANGE_TEST * self.step

    def trial(self, steps: int) -> float:
        """To train a changed copy for so many steps, or as few as say something."""
        return self.copy + min(steps, LEAST_STEPS) * self.step

    def pair(self, steps: int, copies: int = 2) -> float:
        """To train the network as it is and with one change: the least that proves something.

        Args:
            copies: 1 for a change that leaves the compiled step as it is, such as another learning rate.
        """
        return copies * self.copy + 2 * min(steps, LEAST_STEPS) * self.step


_REMEMBERED: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # a later fit of the same model does not trace again


def prices_of(model: Any, training: TrainingFacts | None) -> Prices:
    """`Prices.of`, with the longest trace that was seen of this model."""
    prices = Prices.of(training)
    prices = replace(prices, trace=max(prices.trace, _REMEMBERED.get(model, 0.0)))
    _REMEMBERED[model] = prices.trace
    return prices


def refusal(what: str, price: float, left: float, ask: str = "seconds={}", spent: float = 0.0) -> str:
    """Why something was not measured, with its price and what to do.

    Args:
        ask: how to allow more seconds; spent: on what comes before it, which will be spent again.
    """
    more = ask.format(rounded_up(spent + price))
    return f"{what} was left out: it takes about {spoken(price)} with this network, and {spoken(max(0.0, left))} were left: {more}"


def spoken(seconds: float) -> str:
    """ "0.4 s", "40 s", "3 min"."""
    if seconds >= 120:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.0f} s" if seconds >= 2 else f"{seconds:.1f} s"


def rounded_up(seconds: float) -> int:
    """A round number of seconds that is enough."""
    unit = 10 ** max(0, math.floor(math.log10(max(seconds, 1.0))))
    return math.ceil(1.3 * seconds / unit) * unit


def steps_of_fit(facts: Facts) -> int:
    """Steps that the user's training was asked for, as far as known."""
    training = facts.training
    if training is None:
        return LEAST_STEPS
    return (training.steps_per_epoch or LEAST_STEPS) * max(1, training.epochs_asked)
