"""KM113 too few rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from keras_magic.assessment import POOR, has_learned, train_gap
from keras_magic.checks.inputs._common import class_targets
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM113", "too-few-rows", cause="too-little-data", severity="warning", explains=("epochs-too-many", "capacity-too-large"))
def too_few_rows(
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    *,
    rows: int = 60,
    per_class: int = 5,
    gap: float = 0.15,
    swapped: float = 2.0,
) -> Iterator[Hit]:
    """Too few rows.

    Looks for:
        Fewer than `rows` training rows, fewer than `per_class` rows of a class, or fewer rows than three per column of a table;
        more than `swapped` validation rows for each training row.
    Why:
        With so few rows nearly any network can memorise them, and nothing separates signal from noise.
    Measured:
        Rows, columns and label counts; with a trained network also the gap between training and validation skill.
    Bad:
        30 patients with 40 markers each; x_test, x_train, y_test, y_train = train_test_split(x, y, test_size=0.05)
    Good:
        1,000 patients, or 4 markers chosen beforehand
    Fix:
        More rows, fewer columns, augmentation, a pretrained network, or a simpler model (logistic regression, a forest).
    Ignore when:
        The network is pretrained and only its head is trained, or it does not learn these few rows either: another fault hides.
    Sources:
        Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, chapter 18.
    """
    if data.rows is None or data.sampled or not data.rows > 0:
        return
    held = data.validation.rows if data.validation is not None and not data.validation.sampled else None
    missed = train_gap(outcome) > gap
    unlearned = outcome is not None and outcome.train is not None and outcome.train < POOR  # few rows are soon memorised
    if held is not None and held > swapped * data.rows:
        yield Hit(
            message=f"More validation rows ({held:,}) than training rows ({data.rows:,}): were the two parts of a split swapped?",
            headline="there is more validation data than training data",
            evidence={"rows": data.rows, "validation_rows": held},
            severity="warning" if missed else "info",  # few labelled rows beside many others may well be meant
            level=Evidence.STRONG if missed else Evidence.HINT if unlearned else Evidence.PLAUSIBLE,
        )
        return
    if has_learned(outcome):
        return
    reason = None
    width = sum(prod(n or 1 for n in f.shape) for f in data.inputs if f.role == "table")
    rare = [(k, n) for t in class_targets(data) for k, n in t.classes.items() if 0 < n < per_class]
    if data.rows < rows:
        reason = f"There are {data.rows} training rows"
    elif data.rows < 3 * width and data.rows < 500:
        reason = f"There are {data.rows} training rows for {width} columns"
    elif rare and data.rows < 20 * per_class * max(1, len(rare)):
        reason = f"Class {rare[0][0]} has {rare[0][1]} training rows"
    if reason is None:
        return
    yield Hit(
        message=f"{reason}: too few to separate signal from noise.",
        evidence={"rows": data.rows, "columns": width, "gap": train_gap(outcome)},
        severity="error" if missed else "info" if unlearned else "warning",
        level=Evidence.STRONG if missed else Evidence.HINT if unlearned else Evidence.PLAUSIBLE,
    )
