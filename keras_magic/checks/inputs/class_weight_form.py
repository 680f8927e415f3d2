"""KM131 class weights that belong to no label, or are no numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keras_magic import fixes
from keras_magic.checks._raised import NO_NUMBER
from keras_magic.checks.inputs._common import class_targets
from keras_magic.facts import DataFacts, TargetFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

MOST = 5  # labels that a message lists


@rule(
    "KM131",
    "class-weight-form",
    cause="class-imbalance",
    severity="error",
    explains=("loss-mismatch", "label-encoding", "learning-rate-too-low", "metric-mismatch", "epochs-too-few"),
    headline="the class weights do not fit the labels",
)
def class_weight_form(data: DataFacts) -> Iterator[Hit]:
    """class_weight that does not fit the labels.

    Looks for:
        Weights that are not numbers of at least 0, and keys of `class_weight` that are no label while some labels have no weight.
    Why:
        Keras looks each label up as a whole number and gives a label without an entry the weight 1, without a warning. Names of
        classes, and numbers that start at 1 where the labels start at 0, weigh nothing, or the wrong class.
    Measured:
        The labels of the training rows, the keys and values of `class_weight`.
    Bad:
        model.fit(x, y, class_weight={"no": 1.0, "yes": 9.0})     # y holds 0 and 1
    Good:
        model.fit(x, y, class_weight={0: 1.0, 1: 9.0})
    Fix:
        One weight for each label, by the label's number.
    Ignore when:
        The keys without rows belong to labels that other data has.
    Sources:
        keras.Model.fit (class_weight).
    """
    faulty = data.faulty_class_weights
    if faulty:
        shown = ", ".join(f"{label}: {value}" for label, value in list(faulty.items())[:MOST])
        yield _hit(
            f"class_weight holds values that are not numbers of at least 0: {shown}.", {"values": dict(faulty)}, raises=NO_NUMBER
        )
        return
    if not data.class_weight or data.sampled:
        return
    for target in class_targets(data):
        yield from _unmatched(target, data.class_weight)


def _unmatched(target: TargetFacts, given: Any) -> Iterator[Hit]:
    labels = {int(label) for label, rows in target.classes.items() if rows and label.lstrip("-").isdigit()}
    if len(labels) < len([rows for rows in target.classes.values() if rows]):
        return
    found = {int(key) for key in given if isinstance(key, (int, float)) and key == int(key)}
    strange, missing = [key for key in given if key not in found or key not in labels], sorted(labels - found)
    if not strange or not missing:
        return
    keys, without = (", ".join(map(repr, some[:MOST])) for some in (strange, missing))
    yield _hit(
        f"Keys of class_weight that are no label of {target.name}: {keys}. Labels without an entry: {without}; Keras gives "
        "them the weight 1.",
        {"keys": [repr(key) for key in strange], "labels without a weight": missing},
        severity="warning",
    )


def _hit(message: str, evidence: dict[str, Any], **given: Any) -> Hit:
    fix = fixes.balance_classes()
    return Hit(message=message, evidence=evidence, where="class_weight", level=Evidence.CONTRADICTION, fix=fix, **given)
