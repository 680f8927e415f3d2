"""KM127 class weights for several labels at once."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number, percent
from keras_magic.facts import DataFacts, OutcomeFacts, TargetFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM127",
    "class-weight-on-labels",
    cause="class-imbalance",
    severity="error",
    explains=("learning-rate-too-low", "metric-mismatch", "epochs-too-few", "capacity-too-small"),
    headline="class_weight does not weigh the labels",
)
def class_weight_on_labels(data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """class_weight on rows with several labels.

    Looks for:
        `class_weight` in a training whose targets are rows of independent labels (multi-hot).
    Why:
        Keras turns class weights into one weight per row, that of the first label that the row has (the argmax); a row without any
        label gets the weight of label 0. A rare label is not weighed against its own absence, which is what it needs.
    Measured:
        The form of the targets, the labels' counts, the recall of each label on validation rows.
    Bad:
        model.fit(x, labels, class_weight={0: 7.0, 1: 17.0, 2: 10.0})     # labels: rows such as [0, 1, 1]
    Good:
        model.compile("adam", weighted_binary_crossentropy)                # a positive counts more, for each label
    Fix:
        A binary cross-entropy that weighs the positives of each label; leave class_weight away.
    Ignore when:
        Each row has at most one label and none is meant to be "none".
    Sources:
        keras.Model.fit (class_weight); King and Zeng 2001, Logistic Regression in Rare Events Data.
    """
    target = next((t for t in data.targets if t.form == "multi-hot"), None)
    if target is None or not data.class_weight:
        return
    given = {str(k): float(w) for k, w in data.class_weight.items()}
    missed = missed_labels(target, outcome)
    text = f" {', '.join(f'{k}: {percent(r)}' for k, r in list(missed.items())[:5])}." if missed else ""
    yield Hit(
        message=f"class_weight gives each row one weight, that of its first label, and rows without a label that of label 0 "
        f"({number(given.get('0', 1.0))}): it does not weigh the {len(target.classes)} labels of {target.name}."
        + (f" Share of the rows with a label in which it is found:{text}" if missed else ""),
        evidence={
            "class_weight": given,
            "counts": dict(target.classes),
            "recall": dict(outcome.label_recall or {}) if outcome else {},
        },
        where="class_weight",
        level=Evidence.CONTRADICTION if missed else Evidence.STRONG,
        severity="error" if missed else "warning",
        fix=fixes.weigh_labels(),
    )


def missed_labels(target: TargetFacts, outcome: OutcomeFacts | None, recall: float = 0.3) -> dict[str, float]:
    """Rare labels (in less than a quarter of the rows) of which hardly any are found -> their recall, the worst first."""
    rows = target.count / max(1, len(target.classes))
    found = (outcome.label_recall or {}) if outcome is not None else {}
    rare = {k for k, n in target.classes.items() if 0 < n < 0.25 * rows}
    return dict(sorted(((k, r) for k, r in found.items() if k in rare and r < recall), key=lambda pair: pair[1]))
