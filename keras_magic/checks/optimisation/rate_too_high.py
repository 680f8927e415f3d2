"""KM601 learning rate too high."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keras_magic import fixes
from keras_magic.assessment import (
    about,
    dead_share,
    early_update,
    has_learned,
    learned_nothing,
    loss_change,
    number,
    percent,
    roughness,
    scheduled,
)
from keras_magic.facts import ModelFacts, OutcomeFacts, RateFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule

#: Keras' default rates; Adadelta, Adagrad and Ftrl are left out, for theirs are far too low.
DEFAULTS = {"sgd": 0.01} | dict.fromkeys(("adam", "adamw", "nadam", "adamax", "rmsprop", "lion"), 0.001)


@rule("KM601", "rate-too-high", cause="learning-rate-too-high", severity="error")
def rate_too_high(
    training: TrainingFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    rate: RateFacts | None = None,
    *,
    update: float = 0.05,
    rough: float = 0.3,
    gain: float = 0.1,
) -> Iterator[Hit]:
    """A learning rate that is too high.

    Looks for:
        A loss that grows, jumps or stays where it started while the weights move in large steps; a rate above the good band.
    Why:
        Each step overshoots the minimum: the loss oscillates or diverges, and ReLU units die on the way.
    Measured:
        True batch losses against the first one, size of each update relative to the weights (healthy: about 0.001), and, when
        the network did not learn, a range test with short paired trainings on a copy. Where it learned nothing and the rate is far
        above the default of its optimizer, a paired trial with that default decides.
    Bad:
        model.compile(keras.optimizers.SGD(0.8, momentum=0.9), loss)
    Good:
        model.compile(keras.optimizers.SGD(0.02, momentum=0.9), loss)
    Fix:
        The learning rate that the range test found; a schedule that lowers it; gradient clipping.
    Ignore when:
        The loss oscillates a little but validation keeps improving.
    Sources:
        Smith 2017, Cyclical Learning Rates (arXiv 1506.01186); Bengio 2012, Practical recommendations (arXiv 1206.5533).
    """
    if has_learned(outcome) or model.optimizer is None:
        return
    current = model.optimizer.learning_rate
    change, step, jumps = loss_change(training), early_update(training), roughness(training)
    born_dead, died = dead_share(training, 0), dead_share(training)
    signs = {
        f"the loss ends at {about(change)} times its first value": change is not None and change > 0.98,
        f"one update changes the weights by {percent(step or 0.0)} of their size": step is not None and step > update,
        f"the batch loss jumps by {about(jumps)} of its level from step to step": jumps > rough,
        f"{percent(died)} of the units of a layer died on the way": died > 0.8 and born_dead < 0.3 and (step or 0) > update / 2,
    }
    seen = [text for text, holds in signs.items() if holds]
    measured = rate is not None and rate.learns and rate.current > rate.high and rate.gain > gain
    if not measured and (rate is not None or change is None or change <= 0.98 or len(seen) < 2):
        stays = change is not None and change > 0.98  # the first of the signs, which says no more than that nothing was learned
        yield from _far_above_default(model, outcome, rate, seen[stays:])
        return
    best = rate.suggestion if rate is not None else (current or 0.01) / 10
    tested = f"; in short trainings on a copy {about(best)} did better" if measured else ""
    yield Hit(
        message=f"The learning rate {number(current)} is too high" + (": " + ", ".join(seen) if seen else "") + tested + ".",
        evidence={"learning_rate": current, "suggestion": best, "update_ratio": step, "loss_change": change, "roughness": jumps},
        where="optimizer",
        level=Evidence.STRONG if measured and seen else Evidence.PLAUSIBLE,
        fix=fixes.set_learning_rate(rate=best, scheduled=scheduled(model)),
        claims=(Claim("learning rate", "too high"),),
    )


def _far_above_default(
    model: ModelFacts, outcome: OutcomeFacts | None, rate: RateFacts | None, seen: Sequence[str], far: float = 10.0
) -> Iterator[Hit]:
    """Nothing was learned, and no short training has shown which rates would do: a guess that a trial decides, unless signs of
    large steps were `seen`."""
    optimizer, known = model.optimizer, rate is not None and rate.learns
    if optimizer is None or known or not learned_nothing(outcome):
        return
    default, current = DEFAULTS.get(optimizer.name.lower()), optimizer.learning_rate
    if default is None or current is None or current < far * default * 0.999:
        return
    yield Hit(
        message=f"The learning rate {number(current)} is {about(current / default)} times the default of {optimizer.name} "
        f"({number(default)}), and the network has learned nothing{''.join(f'; {text}' for text in seen)}.",
        evidence={"learning_rate": current, "default": default},
        where="optimizer",
        level=Evidence.PLAUSIBLE if seen or current > 3 * far * default else Evidence.HINT,
        fix=fixes.set_learning_rate(rate=default, scheduled=scheduled(model)),
        claims=(Claim("learning rate", "too high"),),
        needs_proof=not seen,
    )
