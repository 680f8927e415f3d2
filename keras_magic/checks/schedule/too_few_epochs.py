"""KM703 too few epochs."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import (
    curve,
    few_updates,
    has_learned,
    learned_nothing,
    left_of_start,
    number,
    percent,
    skill_of,
    tail_slope,
)
from keras_magic.facts import ModelFacts, OutcomeFacts, RateFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM703", "too-few-epochs", cause="epochs-too-few", severity="warning")
def too_few_epochs(
    training: TrainingFacts,
    outcome: OutcomeFacts | None = None,
    rate: RateFacts | None = None,
    model: ModelFacts | None = None,
    *,
    slope: float = 0.04,
    few: int = 5,
) -> Iterator[Hit]:
    """Training that stopped while it was still improving.

    Looks for:
        A loss (validation loss where there is one) that still falls in the last quarter, in a network that has not got there yet.
    Why:
        The network was on its way; more epochs would have brought it further.
    Measured:
        Fall over the last quarter of the epochs relative to the whole fall (steady: 0.25; flat: 0), epochs and updates done; what
        is left of the start values of the moving averages of BatchNormalization.
    Bad:
        model.fit(x, y, epochs=2)
    Good:
        model.fit(x, y, epochs=200, validation_split=0.2,
                  callbacks=[keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)])
    Fix:
        Many epochs with EarlyStopping, which ends the training at the right time.
    Ignore when:
        It was a quick look on purpose.
    Sources:
        Prechelt 1998, Early Stopping - But When? (Neural Networks: Tricks of the Trade).
    """
    done = training.epochs_done
    if not training.epochs_asked:
        yield _none(training)
    if not done or done < training.epochs_asked or training.interrupted or training.nonfinite or has_learned(outcome):
        return
    unsettled = _unsettled(training, model)  # then the validation loss is one of the averages, not of the network
    name = "val_loss" if curve(training, "val_loss") and not unsettled else "loss"
    values = curve(training, name) or [0.0]
    fell = values[0] - values[-1] > 0.005 * abs(values[0])  # a dead flat loss falls nowhere
    falling = tail_slope(values) if fell else 0.0
    short = done <= few
    if (len(values) > 1 and not fell) or (not short and falling < slope):
        return
    updates, skill, which = training.steps_done, skill_of(outcome), "validation loss" if name == "val_loss" else "loss"
    made = f" ({counted(updates, 'update')})" if updates else ""
    claims = [Claim("epochs", "too few", (done,))]
    claims += [Claim("updates", "counted", (updates,))] if updates else []
    claims += [Claim("loss", "falling", (values[0], values[-1]))] if falling > 0 else []
    yield Hit(
        message=f"Training ended after {counted(done, 'epoch')}{made}"
        + (
            f" while the {which} was still falling ({number(values[0])} to {number(values[-1])})."
            if falling > 0
            else ": that is very little."
        )
        + unsettled,
        evidence={"epochs": done, "updates": updates, "tail_slope": falling, "score": skill},
        where="epochs",
        severity="error" if short and done <= 3 else None,
        level=min(
            _level(short, falling, updates, rate),
            Evidence.PLAUSIBLE if updates >= 100 and learned_nothing(outcome) else Evidence.MEASURED,
        ),
        fix=fixes.set_epochs(epochs=max(30, 5 * done)),
        claims=tuple(claims),
        needs_proof=not few_updates(training),
    )


def _none(training: TrainingFacts) -> Hit:
    return Hit(
        message="fit made no update: it was asked for no epoch, since epochs is not above initial_epoch (0 where it is not given).",
        evidence={"epochs": 0, "updates": training.steps_done},
        headline="fit was asked for no epoch",
        where="epochs",
        severity="error",
        level=Evidence.CONTRADICTION,
        fix=fixes.set_epochs(epochs=30),
    )


def _unsettled(training: TrainingFacts, model: ModelFacts | None, least: float = 0.05) -> str:
    """What so few updates can't tell of a network with BatchNormalization; "" where its moving averages have left their start."""
    left = max((left_of_start(layer, training.steps_done) for layer in model.layers), default=0.0) if model else 0.0
    if left <= least or not few_updates(training):
        return ""
    return f" The moving averages of BatchNormalization still hold {percent(left)} of their start values: predictions use them."


def _level(short: bool, falling: float, updates: int, rate: RateFacts | None) -> Evidence:
    """Strong for a handful of epochs; a hint where the learning rate is known to be far below the band."""
    if rate is not None and rate.learns and rate.ratio < 0.1:
        return Evidence.PLAUSIBLE if short else Evidence.HINT
    if short:
        return Evidence.STRONG
    return Evidence.PLAUSIBLE if falling > 0.12 or updates < 200 else Evidence.HINT
