"""KM207 a number that stands for "missing"."""

from __future__ import annotations

import math
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number, percent
from keras_magic.checks.inputs._common import columns_start, keys, several, severity_of
from keras_magic.facts import ColumnFacts, DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.fixes.combine import together
from keras_magic.rules import rule


@rule(
    "KM207",
    "sentinel-values",
    cause="outliers",
    severity="warning",
    explains=("input-not-scaled", "exploding-gradient"),
    headline="a number stands for missing values",
)
def sentinel_values(data: DataFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None) -> Iterator[Hit]:
    """A number that stands for "missing".

    Looks for:
        A repeated lowest or highest value far away from all others, such as -999, 9999 or 1e20 (or what a scaler made of it).
    Why:
        The network takes it for a measurement: an enormous one. The scaler does too, and presses the real values together.
    Measured:
        The gap between the repeated value and its nearest neighbour against the range of all others, in a sample.
    Bad:
        scaler.fit(df)                         # df holds -999
    Good:
        df = df.replace(-999, np.nan); df = df.fillna(df.median())
    Fix:
        Replace it by the median before scaling; if being missing says something, add a 0/1 column for it.
    Ignore when:
        The value is a real measurement, such as a saturated sensor.
    Sources:
        pandas.read_csv: na_values.
    """
    groups = [
        (fact, min((c.sentinel or 0.0 for c in columns), key=lambda v: len(repr(v))), columns)
        for fact in data.inputs
        if fact.role in ("table", "sequence")
        for columns in _alike([c for c in fact.columns if c.sentinel is not None and not c.text])
    ]
    if not groups:
        return
    fact, value, columns = groups[0]
    every = [c for _, _, group in groups for c in group]
    share = max(c.sentinel_fraction for c in every)
    known = any(v.is_integer() and abs(v) >= 9 for v in (float(v) for _, v, _ in groups))
    severity = severity_of(outcome, training)
    others = f", and the like in {len(every) - len(columns)} more" if len(every) > len(columns) else ""
    filled = f"Treat these marks in {len(every)} columns as missing values and fill them with the medians"
    repairs = [fixes.replace_sentinels(v, columns=keys(data, g), input=several(data, f)) for f, v, g in groups]
    yield Hit(
        message=f"{columns_start([c.name for c in columns])} of {fact.name}: the value {number(value)} repeats{others}"
        f" (up to {percent(share)} of the rows), far from all others. It looks like a mark for missing.",
        evidence={"value": value, "columns": [c.name for c in every], "share": share},
        where=fact.name,
        severity=severity if known else severity.replace("error", "warning"),
        level=(Evidence.MEASURED if known else Evidence.PLAUSIBLE) if severity != "info" else Evidence.HINT,
        fix=together([together(repairs, filled), *([fixes.scale_inputs()] if any(_pressed(c) for c in every) else [])]),
    )


def _alike(columns: list[ColumnFacts], nearly: float = 1e-6) -> list[list[ColumnFacts]]:
    """The columns by their mark; one that arithmetic has changed in its last digits is the same."""
    groups: list[list[ColumnFacts]] = []
    for column in sorted(columns, key=lambda c: c.sentinel or 0.0):
        if groups and math.isclose(column.sentinel or 0.0, groups[-1][0].sentinel or 0.0, rel_tol=nearly):
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _pressed(column: ColumnFacts, spread: float = 0.2) -> bool:
    """A scaler took the mark for a measurement and pressed the real values together: they need scaling again."""
    low, high = column.quantiles.get(0.05), column.quantiles.get(0.95)
    return low is not None and high is not None and (column.std or 0.0) > 5 * (high - low) / 3.3 and (high - low) / 3.3 < spread
