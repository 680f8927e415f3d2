"""KM602 learning rate too low."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import (
    about,
    curve,
    dead_share,
    early_update,
    hardly_trained,
    has_learned,
    number,
    scheduled,
    tail_slope,
)
from keras_magic.facts import ModelFacts, OutcomeFacts, RateFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule


@rule("KM602", "rate-too-low", cause="learning-rate-too-low", severity="error")
def rate_too_low(
    training: TrainingFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    rate: RateFacts | None = None,
    *,
    update: float = 3e-5,
    gain: float = 0.1,
) -> Iterator[Hit]:
    """A learning rate that is too low.

    Looks for:
        A loss that falls steadily but hardly gets anywhere, tiny updates, and a rate below the good band.
    Why:
        The weights move so little that the epochs asked for end long before the minimum.
    Measured:
        Size of each update relative to the weights (healthy: about 0.001) and, when the network did not learn, a range test
        with short paired trainings on a copy.
    Bad:
        model.compile(keras.optimizers.RMSprop(1e-5), loss)
    Good:
        model.compile(keras.optimizers.RMSprop(1e-3), loss)
    Fix:
        The learning rate that the range test found.
    Ignore when:
        A pretrained network is fine-tuned on purpose with a tiny learning rate.
    Sources:
        Smith 2017, Cyclical Learning Rates (arXiv 1506.01186); Bengio 2012, Practical recommendations (arXiv 1206.5533).
    """
    if has_learned(outcome) or model.optimizer is None:
        return
    current, step, falling = model.optimizer.learning_rate, early_update(training), tail_slope(curve(training, "loss"))
    tiny = step is not None and step < update
    if not tiny and hardly_trained(training):
        return  # so few updates get nowhere at any usual learning rate
    measured = rate is not None and rate.learns and rate.current < rate.low and rate.gain > gain
    if not measured and (rate is not None or not tiny or dead_share(training) > 0.8):
        return
    best = (rate.suggestion * rate.low) ** 0.5 if rate is not None else (current or 1e-4) * 30
    tested = (
        f" {about(best)}, {about(best / current)} times as much, got much further in short trainings on a copy"
        if rate and current
        else ""
    )
    moves = f" one update changes the weights by {about(step)} of their size;" if tiny else ""
    yield Hit(
        message=f"The learning rate is {number(current)}:{moves}{tested}.".replace(";.", ".").replace(":.", "."),
        evidence={"learning_rate": current, "suggestion": best, "update_ratio": step, "still_falling": falling},
        where="optimizer",
        level=_level(rate, tiny),
        fix=fixes.set_learning_rate(rate=best, scheduled=scheduled(model)),
        claims=(Claim("learning rate", "too low"),),
        needs_proof=not tiny,
    )


def _level(rate: RateFacts | None, tiny: bool) -> Evidence:
    """Short trainings favour higher rates than long ones: a rate moderately below their band is only a guess to be tried."""
    if rate is None:
        return Evidence.PLAUSIBLE
    if rate.ratio < 0.1:
        return Evidence.STRONG if tiny and rate.ratio < 0.01 else Evidence.PLAUSIBLE
    return Evidence.HINT
