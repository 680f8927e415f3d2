"""KM212 statistics that float32 has harmed, or will."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned, number
from keras_magic.checks.inputs._common import scaled_inside
from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule(
    "KM212",
    "float32-statistics",
    cause="input-not-scaled",
    severity="info",
    headline="float32 has harmed the statistics of a column",
)
def float32_statistics(
    data: DataFacts, model: ModelFacts | None = None, outcome: OutcomeFacts | None = None, *, offset: float = 1e3, rows: int = 2000
) -> Iterator[Hit]:
    """Statistics that float32 has harmed.

    Looks for:
        Columns of a float32 table that were standardised with a mean or deviation computed in float32 and are not centred or not
        of deviation 1 for it; and raw columns whose mean is more than `offset` deviations from 0, where that would happen.
    Why:
        A sum in float32 keeps seven digits. Over many rows of a value such as 10 000 ± 1 the rounding of each addition exceeds the
        spread that is to be measured, and "standardised" columns come out shifted or of another size.
    Measured:
        Mean and deviation in float64. A wrong mean leaves its trace: the square of the new mean and that of the new deviation
        still add up to 1. A wrong deviation: nearly all columns have deviation 1, this one has not. From `rows` rows on.
    Bad:
        x = df.to_numpy("float32"); x = (x - x.mean(0)) / x.std(0)
    Good:
        x = df.to_numpy("float64"); x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    Fix:
        Compute statistics in float64, or subtract a typical value first.
    Ignore when:
        The columns were scaled like that on purpose.
    Sources:
        Chan, Golub and LeVeque 1983, Algorithms for computing the sample variance (The American Statistician 37).
    """
    if has_learned(outcome) or data.rows_seen < rows:
        return
    for fact in data.inputs:
        if fact.dtype != "float32" or fact.role not in ("table", "sequence"):
            continue
        live = [c for c in fact.columns if c.distinct > 20 and c.mean is not None and c.std]
        part = data.validation is not None and data.validation.source == "validation_split"  # scaled with what is held out
        hit = (None if part or data.sampled else _standardised(fact, live, data.rows_seen)) or (
            None if scaled_inside(model, data, fact) else _far_from_zero(fact, live, offset)
        )
        if hit is not None:
            column, message, level = hit
            yield Hit(
                message=message,
                evidence={"column": column.name, "mean": column.mean, "std": column.std},
                where=fact.name,
                level=level,
                fix=_fix(),
            )


def _standardised(fact: InputFacts, live: list[ColumnFacts], rows: int) -> tuple[ColumnFacts, str, Evidence] | None:
    """A column that is off where most are standardised."""
    standard = [c for c in live if abs(c.mean or 0.0) < 0.02 and abs((c.std or 0.0) - 1) < 0.02]
    for column in live if len(standard) > len(live) / 2 else ():
        mean, std = column.mean or 0.0, column.std or 0.0
        if abs(mean) > max(0.05, 8 / rows**0.5) and abs(mean**2 + std**2 - 1) < 0.005:
            what, level = "its mean seems to have been computed in float32", Evidence.HINT
        elif abs(mean) < 0.1 * std and not 0.8 < std < 1.25:
            what, level = "it was not scaled, or its deviation was computed in float32", Evidence.HINT
        else:
            continue
        text = f"Most columns of {fact.name} have mean 0 and deviation 1, but column {column.name} has mean {number(mean)} and "
        return column, f"{text}deviation {number(std)}: {what}.", level
    return None


def _far_from_zero(fact: InputFacts, live: list[ColumnFacts], offset: float) -> tuple[ColumnFacts, str, Evidence] | None:
    """The raw column that is farthest from 0 in its own deviations."""
    column = max(live, key=lambda c: abs(c.mean or 0.0) / (c.std or 1.0), default=None)
    if column is None or abs(column.mean or 0.0) <= offset * (column.std or 1.0):
        return None
    text = f"Column {column.name} of {fact.name} is {number(column.mean)} ± {number(column.std)} in float32"
    return column, f"{text}: computed in float32, its mean and deviation are wrong; scale it in float64.", Evidence.HINT


def _fix() -> Fix:
    return Fix(
        name="standardise-in-float64",
        title="Compute the mean and the deviation in float64, from the raw values",
        code=f"raw = {YOUR.x}.astype('float64')  # the values as they were before any scaling\n"
        f"{YOUR.x} = ((raw - raw.mean(0)) / raw.std(0)).astype('float32')",
    )
