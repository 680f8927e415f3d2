"""KM215 a scaler that was fitted on the validation data itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from keras_magic.assessment import train_gap
from keras_magic.checks.inputs._common import severity_of
from keras_magic.facts import ColumnFacts, DataFacts, OutcomeFacts, TargetFacts, TrainingFacts, ValidationFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule

LEAST_VALUES = 10  # a column with fewer different values is no quantity
LEAST_COLUMNS = 3  # that reach from 0 to 1, before it is not chance
Pair = tuple[ColumnFacts, ColumnFacts]  # a column of the validation data, and the same of the training data


@rule(
    "KM215",
    "separately-scaled",
    cause="distribution-shift",
    severity="error",
    headline="the scaler was fitted on the validation data",
)
def separately_scaled(
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    rows: int = 20,
    leaked: float = 0.1,
    share: float = 0.9,
    lag: float = 0.1,
) -> Iterator[Hit]:
    """A scaler that was fitted on the validation data itself.

    Looks for:
        Validation data whose every column has exactly mean 0 and deviation 1, or exactly minimum 0 and maximum 1, as the training
        data has: `fit_transform` was called on both.
    Why:
        One value means two things: what differs between the parts is scaled away, and the network reads shifted numbers. On new
        rows, which have no statistics of their own, it does something else again.
    Measured:
        Mean, deviation (over n or n - 1), minimum and maximum of each continuous column and of continuous targets, over all
        validation rows. A sample has its own mean near 0, never at 0: to four digits, and more where there are many rows or there
        is one column only. Sequences of which each was scaled by itself are left out, as are validation rows that stand in the
        training data, and 0 and 1 where several rows have them.
    Bad:
        x_train = scaler.fit_transform(x_train); x_val = scaler.fit_transform(x_val)
    Good:
        x_train = scaler.fit_transform(x_train); x_val = scaler.transform(x_val)
    Fix:
        Fit the scaler on the training rows, and transform everything else with it.
    Ignore when:
        Each recording, person or batch is scaled by its own statistics on purpose, also later in use.
    Sources:
        Kapoor and Narayanan 2023, Leakage and the reproducibility crisis; scikit-learn, Common pitfalls.
    """
    validation = data.validation
    if validation is None or (validation.rows or 0) < rows or validation.leaked >= leaked:
        return
    targets = [*_targets(data, validation, share)]
    found = [*_inputs(data, validation, share), *targets]
    if not found:
        return
    lagging = train_gap(outcome) > lag
    yield Hit(
        message=f"Over the {validation.rows:,} validation rows, {' and '.join(found)}, as over the training rows: the scaler was"
        " fitted on each part by itself.",
        evidence={"exact": found, "rows": validation.rows, "gap": train_gap(outcome)},
        where=validation.source,
        severity=severity_of(outcome, training, "error" if lagging else "warning"),
        level=Evidence.CONTRADICTION if lagging else Evidence.PLAUSIBLE,
        fix=_one_scaler(bool(targets)),
    )


def _inputs(data: DataFacts, validation: ValidationFacts, share: float) -> Iterator[str]:
    """What is exact in nearly all continuous columns, in words."""
    parts = zip(validation.inputs, data.inputs, strict=False)
    pairs = [
        pair
        for theirs, ours in parts
        if not theirs.scaled_rows
        for pair in zip(theirs.columns, ours.columns, strict=False)
        if all(c.distinct >= LEAST_VALUES for c in pair)
    ]
    fine = [(a, b) for a, b in pairs if _is_fine(a)]
    yield from _exact(pairs, lambda pair: _standard(*pair, validation.rows, len(pairs)), share, "mean 0 and deviation 1")
    if len(fine) >= LEAST_COLUMNS:
        yield from _exact(fine, _from_0_to_1, share, "minimum 0 and maximum 1")


def _exact(pairs: Sequence[Pair], test: Callable[[Pair], bool], share: float, what: str) -> Iterator[str]:
    count = sum(map(test, pairs))
    if count and count >= share * len(pairs):
        which = f"{count} of {len(pairs)} continuous columns have" if len(pairs) > 1 else f"column {pairs[0][0].name} has"
        yield f"{which} exactly {what}"


def _targets(data: DataFacts, validation: ValidationFacts, share: float) -> Iterator[str]:
    """Continuous targets with exactly mean 0 and deviation 1, in words."""
    for theirs, ours in zip(validation.targets, data.targets, strict=False):
        if theirs.form != "continuous" or ours.form != "continuous" or theirs.integer:
            continue
        pairs = [*zip(_columns(theirs), _columns(ours), strict=False)]
        exact = sum(_standard(a, b, validation.rows, len(pairs)) for a, b in pairs)
        if exact and exact >= share * len(pairs):
            yield f"the target {theirs.name} has exactly mean 0 and deviation 1"


def _columns(target: TargetFacts) -> list[ColumnFacts]:
    """The columns of a target, as those of inputs."""
    if not target.column_mean:
        return [ColumnFacts(name=target.name, count=target.count, nan=target.nan, mean=target.mean, std=target.std)]
    count = target.count // len(target.column_mean)
    moments = zip(target.column_mean, target.column_std, strict=True)
    return [ColumnFacts(name=target.name, count=count, mean=mean, std=std) for mean, std in moments]


def _standard(column: ColumnFacts, ours: ColumnFacts, rows: int | None, columns: int, near: float = 0.1) -> bool:
    """Mean 0 and deviation 1 closer than chance brings them, where the training column has them about."""
    if column.mean is None or column.std is None or ours.mean is None or ours.std is None:
        return False
    n = max(2, column.count - column.nan - column.inf)
    close = min(1e-4, 0.01 / n**0.5) / (1 if columns > 1 else 10)
    deviations = [column.std * (k / (k - 1)) ** 0.5 for k in (n, max(2, rows or n))]
    exact = abs(column.mean) < close and any(abs(std - 1) < close for std in (column.std, *deviations))
    return exact and abs(ours.mean) < near and abs(ours.std - 1) < near


def _is_fine(column: ColumnFacts, most: int = 10_000) -> bool:
    """Hardly any value comes twice, nor do the smallest and the largest: the ends are those of the rows, not of the scale."""
    q = column.quantiles
    ends = q and column.min is not None and column.max is not None and q[0.01] > column.min and q[0.99] < column.max
    return bool(ends) and column.distinct >= min(column.count, most) / 2


def _from_0_to_1(pair: Pair, close: float = 1e-6) -> bool:
    return all(abs(c.min or 0.0) < close and abs((c.max or 0.0) - 1) < close for c in pair)


def _one_scaler(targets: bool) -> Fix:
    text = f"""
        scaler = StandardScaler().fit(x_train_raw)   # once, on the training rows; MinMaxScaler alike
        {YOUR.x} = scaler.transform(x_train_raw)
        {YOUR.x_val} = scaler.transform(x_val_raw)   # not fit_transform
    """
    more = f"{YOUR.y_val} = y_scaler.transform(y_val_raw)   # the same for the targets: y_scaler is fitted on the training rows"
    return Fix(
        name="fit-one-scaler",
        title="Transform the validation data with the scaler of the training rows",
        code=code(text) + (f"\n{more}" if targets else ""),
    )
