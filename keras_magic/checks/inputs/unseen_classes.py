"""KM117 classes that only the validation data has."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import LABELS, severity_of
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule(
    "KM117",
    "unseen-classes",
    cause="distribution-shift",
    severity="error",
    explains=("epochs-too-many", "capacity-too-large", "label-noise"),
    headline="validation has classes that training lacks",
)
def unseen_classes(
    data: DataFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None, *, share: float = 0.02
) -> Iterator[Hit]:
    """Classes that only the validation data has.

    Looks for:
        Labels in `validation_data` that no training row has.
    Why:
        They can't be learned; the validation score is capped by their share.
    Measured:
        Label counts of both parts.
    Bad:
        train, val = df[df.day < 20], df[df.day >= 20]     # a new product came on day 21
    Good:
        train_test_split(x, y, stratify=y)
    Fix:
        Split at random with the same share of every class.
    Ignore when:
        You test how the network meets what it does not know.
    Sources:
        deepchecks: NewLabelTrainTest.
    """
    validation = data.validation
    if validation is None or validation.source != "validation_data" or data.sampled or not validation.targets:
        return
    unseen = validation.missing_classes.get("train", ())
    counts = validation.targets[0].classes
    part = sum(counts.get(k, 0) for k in unseen) / max(1, sum(counts.values()))
    if unseen and part >= share and data.targets[0].form in LABELS:
        yield Hit(
            message=f"{percent(part)} of the validation rows have labels that no training row has: {listed(list(unseen))}.",
            evidence={"unseen": unseen, "share": part},
            where="validation_data",
            severity=severity_of(outcome, training),
            level=Evidence.STRONG if part > 0.1 else Evidence.PLAUSIBLE,
            fix=fixes.stratify_split(),
        )
