"""KM418 a loss function of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keras_magic import fixes
from keras_magic.assessment import is_failing, not_finite, number, skill_of
from keras_magic.checks.head._pairs import Pair, pairs, proper_head
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM418",
    "own-loss",
    cause="loss-mismatch",
    severity="warning",
    headline="the loss function of your own does not lead to learning",
)
def own_loss(
    model: ModelFacts,
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    useless: float = 0.1,
) -> Iterator[Hit]:
    """A loss function of one's own in a network that does not learn.

    Looks for:
        A loss that Keras does not define, where the network has not learned and either the head is that of a standard loss, or
        two classes are separated by one number (a distance, a similarity, a score). Of quantities, only where the network is no
        better than the mean.
    Why:
        Swapped arguments, a wrong sign, a missing mean or a clipped gradient are not seen by anybody: the loss falls, but towards
        something else. A contrastive loss that takes 1 for "different" on labels where 1 is "same" pulls the wrong pairs together.
    Measured:
        A paired trial decides: with the standard loss of that head, or with the two labels exchanged. Quantiles: what the loss
        costs for errors of both signs, against the numbers between 0 and 1 that it holds or names, one for each output.
    Bad:
        model.compile("adam", loss=lambda y_pred, y_true: keras.losses.binary_crossentropy(y_true, y_pred))   # swapped
    Good:
        model.compile("adam", loss="binary_crossentropy")
    Fix:
        The standard loss, or in your function: (y_true, y_pred) in this order, labels as it means them, smaller is better.
    Ignore when:
        The trial did not help. Where the loss or the predictions are NaN nothing is said: then another fault comes first.
    Sources:
        Keras guide: custom losses; Hadsell, Chopra and LeCun 2006, Dimensionality Reduction by Learning an Invariant Mapping;
        Koenker and Bassett 1978, Regression Quantiles.
    """
    if outcome is not None and outcome.quantiles is not None:
        yield _turned(outcome.quantiles)
    if not is_failing(outcome, training) or not_finite(training, outcome):
        return
    for pair in pairs(model, data):
        if pair.target.form == "continuous" and (skill_of(outcome) or 0.0) > useless:
            continue  # a quantile, a weighted error: R² is not what such a loss is after
        found = _suspicion(pair) if pair.loss == "custom" else None
        if found is not None:
            text, fix = found
            yield Hit(
                message=f"The loss of {pair.where} is a function of your own, and the network does not learn; {text}.",
                evidence={"activation": pair.activation, "form": pair.target.form},
                where=pair.where,
                level=Evidence.HINT,
                fix=fix,
            )


def _turned(found: Mapping[str, Any]) -> Hit:
    """Exact: which quantile a pinball loss asks for is read from it."""
    given, asked = (", ".join(number(q) for q in found[key]) for key in ("given", "asked"))
    return Hit(
        message=f"Your own loss asks for other quantiles than `{found['name']}` says ({given}): a prediction that is too low "
        f"costs 1 - q times its error and one that is too high q times, so that the outputs become the quantiles {asked}.",
        evidence=dict(found),
        where="loss",
        severity="error",
        level=Evidence.CONTRADICTION,
        fix=Fix(
            name="turn-sign",
            title="Turn the sign of the error in the pinball loss",
            code="# error = y_true - y_pred; loss = ops.mean(ops.maximum(q * error, (q - 1) * error))",
        ),
        headline="a pinball loss asks for the opposite quantiles",
    )


def _suspicion(pair: Pair) -> tuple[str, Fix] | None:
    """What the trial is about, and its fix; None where there is nothing to compare with."""
    _, activation, loss = proper_head(pair)
    if pair.head.certain and pair.activation == activation and pair.units == pair.width:
        return f"{loss} is the standard for its head", fixes.replace_loss(loss, output=pair.output)
    if pair.target.form == "binary" and pair.width == 1 and pair.units in (None, 1):
        return "it may mean the two labels the other way round", fixes.swap_labels()
    return None
