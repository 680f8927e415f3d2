"""KM105 only one class in the labels."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts, ModelFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM105",
    "single-class",
    cause="single-class",
    severity="error",
    explains=("class-imbalance", "output-units", "label-encoding", "vanishing-gradient", "misaligned-labels"),
)
def single_class(data: DataFacts, model: ModelFacts | None = None) -> Iterator[Hit]:
    """Only one class in the labels.

    Looks for:
        A target that has the same value in every training row, or one-hot rows that use a single column.
    Why:
        Predicting that value is perfect: loss and accuracy look ideal after one epoch and nothing was learned.
    Measured:
        Distinct values of the target over the rows that were read.
    Bad:
        y = (df["churn"] == "yes")             # the column says "Yes"
    Good:
        y = (df["churn"] == "Yes"); y.value_counts()
    Fix:
        Look at the labels before and after encoding; a comparison or a filter takes all rows to one side.
    Ignore when:
        One-class methods that are meant to see normal rows only; a loss of your own that takes no notice of y (not looked at).
    Sources:
        Definition.
    """
    if model is not None and model.heads and all(head.loss == "custom" for head in model.heads):
        return  # y may be a dummy
    for target in data.targets:
        used = {k: n for k, n in target.classes.items() if n}
        if target.form == "single" or (target.form == "one-hot" and len(used) == 1):
            value = next(iter(used), None) if used else f"{target.mean:g}" if target.mean is not None else "?"
            if data.rows_seen > 1:
                yield Hit(
                    message=f"All {data.rows_seen:,} labels of {target.name} are {value}: there is nothing to tell apart.",
                    evidence={"value": value, "rows": data.rows_seen},
                    where=target.name,
                    level=Evidence.CONTRADICTION,
                )
