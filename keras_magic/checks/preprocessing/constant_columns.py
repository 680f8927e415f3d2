"""KM201 columns that never change."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import columns_start, keys, several, severity_of
from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import either


@rule("KM201", "constant-columns", cause="constant-feature", severity="info", explains=("nonfinite-input", "misaligned-labels"))
def constant_columns(
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    same: float = 0.9995,
    differing: float = 0.1,
) -> Iterator[Hit]:
    """Columns that never change.

    Looks for:
        Columns with one value in (nearly) every row, tables of which nearly every row is the same, columns that are NaN from top
        to bottom, channels of images and inputs that are constant altogether.
    Why:
        They say nothing. Standardised by hand they are worse: 0 / 0 fills the column with NaN, and the loss is NaN from the first
        batch; a deviation close to 0 makes the few other values huge.
    Measured:
        Minimum and maximum over all rows; share of the most frequent value in a sample.
    Bad:
        x = (x - x.mean(0)) / x.std(0)         # border pixels have a deviation of 0
    Good:
        x = StandardScaler().fit_transform(x)  # leaves constant columns at 0
    Fix:
        Drop the columns, or use a scaler that knows them.
    Ignore when:
        The columns change in the data that is to come. (Whole numbers beside other inputs are left alone: where no row is padded
        and none has two parts, a mask and the ids of segments are the same everywhere.)
    Sources:
        Keras issue 2134; scikit-learn StandardScaler (handling of zero variance).
    """
    for fact in data.inputs if data.rows_seen >= 10 else ():
        yield from _emptied(fact, data)
        if fact.min is not None and fact.min == fact.max and not fact.nan:
            if len(data.inputs) > 1 and fact.dtype.startswith(("bool", "int", "uint")):  # a mask, or ids of segments
                continue
            yield Hit(
                message=f"Every value of {fact.name} is {fact.min:g}: there is nothing to learn from.",
                evidence={"value": fact.min},
                where=fact.name,
                severity="error",
                level=Evidence.CONTRADICTION,
            )
            continue
        yield from _jumping(fact, data, same)
        others = sum(1 - c.top_fraction for c in fact.columns)  # at most this share of the rows differs from the commonest one
        if fact.role == "table" and fact.columns and data.rows_seen >= 50 and others < differing:
            severity = severity_of(outcome, training)
            yield Hit(
                message=f"At least {percent(1 - others)} of the rows of {fact.name} are one and the same: were fractions cut to "
                "whole numbers, or is a join or a filter wrong?",
                evidence={"most_frequent": {c.name: c.top_fraction for c in fact.columns[:20]}},
                where=fact.name,
                severity=severity,
                level=Evidence.CONTRADICTION if severity == "error" else Evidence.PLAUSIBLE,
            )
            continue
        yield from _unchanging(fact, data)


def _emptied(fact: InputFacts, data: DataFacts) -> Iterator[Hit]:
    """Columns that are NaN in every row."""
    empty = [c for c in fact.columns if c.count and c.nan == c.count and not c.text]
    if empty and len(empty) < len(fact.columns):
        text = f"{_columns(empty)} of {fact.name} {either(len(empty), 'is', 'are')} NaN in every row:"
        yield _hit(
            f"{text} a constant column divided by its deviation of 0 gives this.",
            empty,
            data,
            fact,
            "error",
            Evidence.CONTRADICTION,
        )


def _jumping(fact: InputFacts, data: DataFacts, same: float) -> Iterator[Hit]:
    """Columns of one value that a standard deviation near 0 blew up in the other rows."""
    blown = [c for c in fact.columns if c.top_fraction >= same and c.max is not None and max(abs(c.max), abs(c.min or 0)) > 1e4]
    if blown:
        largest = max(abs(c.max or 0) for c in blown)
        text = f"{_columns(blown)} of {fact.name} hardly ever change, and then jump to {largest:.3g}."
        yield _hit(text, blown, data, fact, "warning", Evidence.PLAUSIBLE)


def _unchanging(fact: InputFacts, data: DataFacts) -> Iterator[Hit]:
    """Columns and channels of one value."""
    constant = [c for c in fact.columns if c.min is not None and c.min == c.max]
    if constant:
        text = f"{_columns(constant)} of {fact.name} {either(len(constant), 'has', 'have')} the same value in every row."
        yield _hit(text, constant, data, fact, "info", Evidence.HINT)
    flat = [c for c in fact.channels if c.min == c.max]
    if flat and len(flat) < len(fact.channels):
        text = f"{'Channel' if len(flat) == 1 else 'Channels'} {', '.join(c.name for c in flat)}"
        yield Hit(
            message=f"{text} of {fact.name} {either(len(flat), 'has', 'have')} the same value in every sampled pixel.",
            evidence={"channels": {c.name: c.min for c in flat}},
            where=fact.name,
            level=Evidence.HINT,
        )


def _columns(columns: list[ColumnFacts]) -> str:
    return columns_start([c.name for c in columns])


def _hit(message: str, columns: list[ColumnFacts], data: DataFacts, fact: InputFacts, severity: str, level: Evidence) -> Hit:
    return Hit(
        message=message,
        evidence={"columns": [c.name for c in columns]},
        where=f"{fact.name}: {columns[0].name}" if len(columns) == 1 else fact.name,
        severity=severity,
        level=level,
        fix=fixes.drop_columns(keys(data, columns), input=several(data, fact)),
    )
