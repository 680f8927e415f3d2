"""KM211 columns that follow from each other."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.inputs._common import keys, several
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM211", "collinear-columns", cause="constant-feature", severity="info", headline="columns follow from each other")
def collinear_columns(data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Columns that follow from each other.

    Looks for:
        Pairs of columns of a table whose correlation is above 0.999 in size: the same quantity in another unit, a share and its
        complement, a price with and without tax.
    Why:
        The second column adds nothing but weights, and the loss has a flat direction along which the weights drift. A network
        bears it; attributions and dropout divide what belongs together.
    Measured:
        Correlations of a sample of rows, for tables of up to 500 columns. Columns with marks such as -999 are left out, and tables
        where much is correlated by nature (spectra, pixels, series).
    Bad:
        df[["celsius", "fahrenheit"]]
    Good:
        df[["celsius"]]
    Fix:
        Drop one of each pair.
    Ignore when:
        The network learns: this is no more than a note.
    Sources:
        Belsley, Kuh and Welsch 1980, Regression Diagnostics.
    """
    if has_learned(outcome):
        return
    for fact in data.inputs:
        marked = {c.name for c in fact.columns if c.sentinel is not None}
        pairs = [p for p in fact.collinear if not marked & set(p)]
        if pairs and fact.role == "table" and len(pairs) <= max(3, len(fact.columns) // 4):
            a, b = pairs[0]
            more = f" ({len(pairs) - 1} more such pairs)" if len(pairs) > 1 else ""
            yield Hit(
                message=f"Columns {a} and {b} of {fact.name} follow from each other (|r| > 0.999){more}.",
                evidence={"pairs": pairs},
                where=fact.name,
                level=Evidence.HINT,
                fix=fixes.drop_columns(keys(data, sorted({p[1] for p in pairs})), input=several(data, fact)),
            )
