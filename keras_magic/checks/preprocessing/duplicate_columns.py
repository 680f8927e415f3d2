"""KM208 columns that say the same."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.inputs._common import keys, several
from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM208", "duplicate-columns", cause="constant-feature", severity="info", headline="columns say the same")
def duplicate_columns(data: DataFacts) -> Iterator[Hit]:
    """Columns that say the same.

    Looks for:
        Pairs of columns with equal values in every row.
    Why:
        The second one adds nothing but weights; dropout and attributions divide what belongs together. Mostly a join went wrong.
    Measured:
        Equality over a sample of rows, for tables of up to 500 columns.
    Bad:
        pd.merge(a, b, on="id")                # both have "age": age_x, age_y
    Good:
        pd.merge(a, b.drop(columns="age"), on="id")
    Fix:
        Drop one of each pair.
    Ignore when:
        It is done on purpose.
    Sources:
        Definition.
    """
    for fact in data.inputs:
        pairs = fact.duplicate_columns
        if pairs and fact.role == "table" and len(pairs) <= max(3, len(fact.columns) // 4):
            a, b = pairs[0]
            more = f" ({len(pairs) - 1} more such pairs)" if len(pairs) > 1 else ""
            yield Hit(
                message=f"Columns {a} and {b} of {fact.name} are the same{more}.",
                evidence={"pairs": pairs},
                where=fact.name,
                level=Evidence.HINT,
                fix=fixes.drop_columns(keys(data, sorted({p[1] for p in pairs})), input=several(data, fact)),
            )
