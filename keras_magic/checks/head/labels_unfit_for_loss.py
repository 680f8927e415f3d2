"""KM403 labels that do not fit the loss."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number
from keras_magic.checks.head._pairs import BINARY, CATEGORICAL, HINGE, SPARSE, Pair, pairs, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Fix, Hit
from keras_magic.rules import rule

Problem = tuple[str, Fix]


@rule(
    "KM403",
    "labels-unfit-for-loss",
    cause="label-encoding",
    severity="error",
    explains=("loss-mismatch", "class-imbalance", "learning-rate-too-high", "learning-rate-too-low", "exploding-gradient"),
)
def labels_unfit_for_loss(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Labels in a form that the loss does not take.

    Looks for:
        Whole-number labels under categorical_crossentropy, one-hot rows under sparse_categorical_crossentropy, strings, labels
        that start at 1 or have gaps, fractions where class numbers are expected, -1/1 or 1/2 under binary_crossentropy.
    Why:
        The loss reads the labels as something that they are not: it raises, is NaN, or falls below zero without end.
    Measured:
        Form, smallest and largest value and distinct values of the target against what the loss takes.
    Bad:
        model.compile("adam", "categorical_crossentropy"); model.fit(x, y)           # y: 0, 2, 1, 1, 0
    Good:
        model.compile("adam", "sparse_categorical_crossentropy"); model.fit(x, y)
    Fix:
        Recode the labels, or take the loss for the form that they have.
    Ignore when:
        Never for the losses of Keras; losses of your own are not looked at.
    Sources:
        keras.losses.CategoricalCrossentropy and SparseCategoricalCrossentropy; StackOverflow 39810655, 59325381.
    """
    for pair in pairs(model, data):
        problem = _wrong_form(pair) or _wrong_values(pair)
        if problem is None:
            continue
        message, fix = problem
        yield Hit(
            message=message,
            evidence={
                "form": pair.target.form,
                "min": pair.target.min,
                "max": pair.target.max,
                "classes": len(pair.target.classes),
                "units": pair.units,
                "loss": pair.loss,
            },
            where=pair.target.name,
            severity=severity_of(outcome),
            level=pair.level,
            fix=fix,
        )


def _wrong_form(pair: Pair) -> Problem | None:
    target, units = pair.target, pair.units or 0
    if target.form == "strings" and pair.loss != "custom":
        return f"The labels are strings; {pair.loss} takes numbers.", fixes.map_labels()
    if pair.loss in CATEGORICAL and pair.labels and units > 1:
        top = int(target.max or 0)
        text = f"{pair.loss} takes one-hot rows of {units} values; the labels are whole numbers ({number(target.min)} to {top})."
        if (target.min or 0) >= 0 and top < units and pair.loss == "categorical_crossentropy":
            return text, fixes.replace_loss("sparse_categorical_crossentropy", output=pair.output)
        return text, fixes.labels_to_one_hot(units)
    rows = target.form in ("one-hot", "multi-hot", "probabilities") and len(target.shape) == max(1, len(pair.head.shape))
    if pair.loss in SPARSE and rows and pair.width > 1:
        text = f"{pair.loss} takes class numbers; the labels are rows of {pair.width} values ({target.form})."
        return text, fixes.replace_loss("categorical_crossentropy", output=pair.output)
    return None


def _wrong_values(pair: Pair) -> Problem | None:
    target, units = pair.target, pair.units or 0
    low, high = target.min, target.max
    if low is None or high is None:
        return None
    if pair.loss in SPARSE and units > 1 and not target.integer and pair.scalar and low >= 0 and high <= 1:
        text = f"The labels are fractions between {low:g} and {high:g}: {pair.loss} cuts them to whole numbers. Were they scaled?"
        return text, fixes.map_labels()
    fits = len(target.classes) <= units or not target.classes
    if pair.loss in SPARSE and units > 1 and target.integer and pair.scalar and fits and (low < 0 or high >= units):
        text = f"The labels run from {low:g} to {high:g}; {units} units take 0 to {units - 1}."
        shift = len(target.classes) == high - low + 1
        return text, fixes.shift_labels(-int(low)) if shift else fixes.map_labels()
    two = len(target.classes) == 2 and target.integer
    if pair.loss in BINARY and two and (low < 0 or high > 1):
        fix = fixes.labels_to_binary() if (low, high) == (-1, 1) else fixes.map_labels()
        return f"{pair.loss} takes labels 0 and 1; these are {low:g} and {high:g}.", fix
    if pair.loss in HINGE and two and (low, high) not in ((-1, 1), (0, 1)):
        return f"{pair.loss} takes labels -1 and 1 (or 0 and 1); these are {low:g} and {high:g}.", fixes.map_labels()
    return None
