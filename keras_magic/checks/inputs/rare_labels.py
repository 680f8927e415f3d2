"""KM128 rare labels that are never found."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.checks.inputs.class_weight_on_labels import missed_labels
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM128",
    "rare-labels",
    cause="class-imbalance",
    severity="error",
    explains=("learning-rate-too-low", "epochs-too-few", "capacity-too-small"),
)
def rare_labels(data: DataFacts, outcome: OutcomeFacts) -> Iterator[Hit]:
    """Rare labels that the network does not find.

    Looks for:
        Rows of independent labels (multi-hot) in which some labels are rare, no weights, and a recall near zero of those labels.
    Why:
        The loss is a mean over all labels and rows; "no" is right for nearly all of them. The binary accuracy is high all the same.
    Measured:
        How often each label occurs; the share of its validation rows in which its output is above one half.
    Bad:
        model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy"])   # labels in 2 % of the rows
    Good:
        model.compile("adam", weighted_binary_crossentropy, metrics=[keras.metrics.AUC(multi_label=True)])
    Fix:
        A binary cross-entropy that weighs the positives of each label, or a threshold of its own for each label.
    Ignore when:
        Only the order of the scores counts (AUC).
    Sources:
        King and Zeng 2001, Logistic Regression in Rare Events Data; Keras guide: imbalanced classification.
    """
    if data.class_weight or data.weights:
        return
    for target in (t for t in data.targets if t.form == "multi-hot"):
        missed = missed_labels(target, outcome)
        if not missed:
            continue
        worst, recall = next(iter(missed.items()))
        rows = target.count / max(1, len(target.classes))
        yield Hit(
            message=f"Label {worst} of {target.name} occurs in {percent(target.classes[worst] / rows)} of the rows and is found in "
            f"{percent(recall)} of them"
            + (f"; the same holds for {counted(len(missed) - 1, 'more rare label')}." if len(missed) > 1 else "."),
            evidence={"counts": dict(target.classes), "recall": dict(outcome.label_recall or {})},
            where=target.name,
            level=Evidence.STRONG,
            fix=fixes.weigh_labels(),
        )
