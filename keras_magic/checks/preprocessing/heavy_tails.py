"""KM213 heavy tails."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

from keras_magic import fixes
from keras_magic.assessment import has_learned, number, percent
from keras_magic.checks.inputs._common import columns_start, extreme, heavy_tailed, keys, of_its_tail, reach, scaled_inside, several
from keras_magic.checks.preprocessing.target_outliers import SQUARED
from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, ModelFacts, OutcomeFacts, TargetFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.names import YOUR
from keras_magic.rules import rule
from keras_magic.words import either


@rule(
    "KM213",
    "heavy-tails",
    cause="input-not-scaled",
    severity="warning",
    explains=("exploding-gradient", "dead-relu", "learning-rate-too-high"),
    headline="values have a heavy tail",
)
def heavy_tails(
    data: DataFacts,
    model: ModelFacts | None = None,
    outcome: OutcomeFacts | None = None,
    *,
    deviations: float = 25.0,
    leverage: float = 0.7,
    decades: float = 4.0,
) -> Iterator[Hit]:
    """Values with a heavy tail.

    Looks for:
        Features and regression targets (incomes, prices, counts, durations) whose large values are real and go far beyond the bulk:
        more than `deviations` times its spread, or `leverage` of the squared error of a target; positive features that run over
        `decades` powers of ten.
    Why:
        A StandardScaler moves and stretches, the shape stays: most rows end up in a small corner and a few far outside, and each
        step is about those few. Dropping them as outliers would drop what is true.
    Measured:
        Exact minimum and maximum against the width of the middle 98 % of a sample. The largest value is one that the outer tenth of
        the values, taken for a Pareto tail, leads to expect; beyond that it is an outlier (KM205, KM206).
    Bad:
        StandardScaler().fit_transform(df[["income"]])
    Good:
        PowerTransformer().fit_transform(df[["income"]])   # or np.log1p, then scale
    Fix:
        Take logarithms or use a PowerTransformer, which scales as well; for targets also a robust loss (Huber, MAE).
    Ignore when:
        The model takes the logarithm itself, or the few large values are all that counts.
    Sources:
        Hill 1975, A Simple General Approach to Inference About the Tail of a Distribution; Yeo and Johnson 2000.
    """
    if has_learned(outcome):
        return
    for fact in data.inputs:
        if fact.role == "table" and not scaled_inside(model, data, fact):
            tails = heavy_tailed(fact, deviations)
            yield from _wide(data, fact, decades, tails)
            yield from _features(data, fact, tails)
    losses = [head.loss for head in model.heads] if model is not None else [None]
    for target in data.targets if any(loss in SQUARED for loss in losses) else ():
        if target.form == "continuous" and target.outlier_leverage >= leverage and of_its_tail(target):
            yield _target(target)


def _wide(data: DataFacts, fact: InputFacts, decades: float, tails: list[ColumnFacts]) -> Iterator[Hit]:
    found = [c for c in fact.columns if (_decades(c) or 0.0) >= decades and c not in tails]
    if not found:
        return
    worst = max(found, key=lambda c: _decades(c) or 0.0)
    q = worst.quantiles
    start = columns_start([c.name for c in found])
    yield Hit(
        message=f"{start} of {fact.name} {either(len(found), 'runs', 'run')} over many powers of ten: the middle 98 % of "
        f"{worst.name} from {number(q[0.01])} to {number(q[0.99])}, half of it below {number(q[0.5])}. Scaled as it is, nearly "
        "all of it is the same number; take logarithms.",
        evidence={c.name: _decades(c) for c in found[:20]},
        where=fact.name,
        level=Evidence.MEASURED,
        fix=fixes.power_transform(keys(data, found), input=several(data, fact)),
    )


def _decades(column: ColumnFacts) -> float | None:
    """Powers of ten between the 1 % and the 99 % quantile of a positive quantity, whose median lies near the lower end."""
    q = column.quantiles
    if not q or column.min is None or column.min <= 0 or column.distinct <= 10 or q[0.01] <= 0:
        return None
    return log10(q[0.99] / q[0.01]) if q[0.5] < 0.05 * q[0.99] else 0.0


def _features(data: DataFacts, fact: InputFacts, found: list[ColumnFacts]) -> Iterator[Hit]:
    if found:
        worst = found[0]
        have = "has a heavy tail: it" if len(found) == 1 else f"have heavy tails: {worst.name}"
        yield Hit(
            message=f"{columns_start([c.name for c in found])} of {fact.name} {have} reaches {number(extreme(worst))},"
            f" {number(reach(worst))} standard deviations from the median {number(worst.quantiles[0.5])}, as the other values"
            " lead to expect. Take logarithms; scaling alone leaves the tail.",
            evidence={c.name: reach(c) for c in found[:20]},
            where=fact.name,
            level=Evidence.PLAUSIBLE,
            fix=fixes.power_transform(keys(data, found), input=several(data, fact)),
        )


def _target(target: TargetFacts) -> Hit:
    return Hit(
        message=f"The targets of {target.name} have a heavy tail: {percent(target.outlier_fraction)} of them carry"
        f" {percent(target.outlier_leverage)} of the squared error, up to {number(target.max)} (median"
        f" {number(target.quantiles.get(0.5))}). Take logarithms, or use a robust loss.",
        evidence={"fraction": target.outlier_fraction, "leverage": target.outlier_leverage, "max": target.max},
        where=target.name,
        cause="target-not-scaled",
        level=Evidence.PLAUSIBLE,
        fix=_bend(),
    )


def _bend() -> Fix:
    """In words only: errors in another unit can't be compared with those before."""
    return Fix(
        name="bend-targets",
        title="Train on the logarithm of the targets, or with a robust loss",
        code="from sklearn.preprocessing import PowerTransformer\n\n"
        f"bend = PowerTransformer().fit({YOUR.y}.reshape(-1, 1))  # training rows only; np.log1p does for positive values\n"
        f"{YOUR.y} = bend.transform({YOUR.y}.reshape(-1, 1))[:, 0]  # the same for the validation targets\n"
        f"# back to the original unit: bend.inverse_transform({YOUR.model}.predict(...))\n"
        "# or leave the targets as they are, and compile with loss=keras.losses.Huber()",
    )
