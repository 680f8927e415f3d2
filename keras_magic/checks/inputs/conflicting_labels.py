"""KM110 the same row with different labels."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned, percent
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM110", "conflicting-labels", cause="label-noise", severity="warning", headline="equal rows have different labels")
def conflicting_labels(data: DataFacts, outcome: OutcomeFacts | None = None, *, share: float = 0.02) -> Iterator[Hit]:
    """The same row with different labels.

    Looks for:
        Rows with exactly the same x and another y.
    Why:
        No function can be right for both: the loss has a floor, and the network is pulled both ways.
    Measured:
        64-bit hashes of all rows. Tables of few coarse columns, where equal rows are to be expected, are left out.
    Bad:
        pd.concat([export_march, export_april])    # the same customers, labelled again
    Good:
        table.drop_duplicates(subset=features, keep="last")
    Fix:
        Decide which label holds and keep one row, or add the column that separates the rows.
    Ignore when:
        The target is random given x (several measurements of the same setting).
    Sources:
        deepchecks: ConflictingLabels.
    """
    if data.relation is None or data.relation.conflicts < share or has_learned(outcome):
        return
    yield Hit(
        message=f"{percent(data.relation.conflicts)} of the rows appear again with another label.",
        evidence={"conflicts": data.relation.conflicts, "duplicates": data.duplicates},
        level=Evidence.STRONG if data.relation.conflicts > 0.1 else Evidence.PLAUSIBLE,
    )
