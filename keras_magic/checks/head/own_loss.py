"""KM418 a loss function of the user's own."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import is_failing, not_finite, skill_of
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
        A paired trial decides: with the standard loss of that head, or with the two labels exchanged.
    Bad:
        model.compile("adam", loss=lambda y_pred, y_true: keras.losses.binary_crossentropy(y_true, y_pred))   # swapped
    Good:
        model.compile("adam", loss="binary_crossentropy")
    Fix:
        The standard loss, or in your function: (y_true, y_pred) in this order, labels as it means them, smaller is better.
    Ignore when:
        The trial did not help. Where the loss or the predictions are NaN nothing is said: then another fault comes first.
    Sources:
        Keras guide: custom losses; Hadsell, Chopra and LeCun 2006, Dimensionality Reduction by Learning an Invariant Mapping.
    """
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


def _suspicion(pair: Pair) -> tuple[str, Fix] | None:
    """What the trial is about, and its fix; None where there is nothing to compare with."""
    _, activation, loss = proper_head(pair)
    if pair.head.certain and pair.activation == activation and pair.units == pair.width:
        return f"{loss} is the standard for its head", fixes.replace_loss(loss, output=pair.output)
    if pair.target.form == "binary" and pair.width == 1 and pair.units in (None, 1):
        return "it may mean the two labels the other way round", fixes.swap_labels()
    return None
