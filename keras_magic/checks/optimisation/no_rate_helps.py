"""KM604 no learning rate helps."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned
from keras_magic.facts import OutcomeFacts, RateFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule


@rule("KM604", "no-rate-helps", cause="tool", severity="info")
def no_rate_helps(rate: RateFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """No learning rate that was tried lowers the loss.

    Looks for:
        A range test in which the loss falls at no rate at all.
    Why:
        The learning rate is then not the problem: look at the data, the labels, the head and the initialisation first.
    Measured:
        A sweep over rates and short trainings on a copy of the model.
    Bad:
        model.fit(x, rng.permutation(y))
    Good:
        model.fit(x, y)
    Fix:
        See the other findings.
    Ignore when:
        Never; it is a hint that narrows the search.
    Sources:
        Smith 2017, Cyclical Learning Rates (arXiv 1506.01186).
    """
    if not rate.learns and not has_learned(outcome):
        yield Hit(
            message="In short trainings on a copy, none of the learning rates tried lowered the loss: look elsewhere first.",
            evidence={"current": rate.current},
            level=Evidence.HINT,
            claims=(Claim("learning rate", "none helps"),),
        )
