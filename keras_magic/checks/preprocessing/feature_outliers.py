"""KM205 outliers in the features."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks._judging import has_learned, number
from keras_magic.checks.inputs._common import column_word, scaled_inside, spread
from keras_magic.facts import ColumnFacts, DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule


@rule("KM205", "feature-outliers", cause="outliers", severity="warning", explains=("exploding-gradient", "dead-relu"))
def feature_outliers(
    data: DataFacts,
    model: ModelFacts | None = None,
    outcome: OutcomeFacts | None = None,
    names: dict | None = None,
    *,
    deviations: float = 50.0,
) -> Iterator[Hit]:
    """Outliers in the features.

    Looks for:
        Columns with single values more than `deviations` times as far from the median as the bulk of the values.
    Why:
        One such row makes a gradient that outweighs its whole batch; and a scaler fitted on them presses all other rows together.
    Measured:
        Exact minimum and maximum against the width of the middle 98 % of a sample. Repeated marks such as -999 are another
        finding; columns that the model scales or embeds are left alone.
    Bad:
        df["income"].max()                     # 9.9e9, a typing error
    Good:
        df["income"].clip(*df["income"].quantile([0.001, 0.999]))
    Fix:
        Clip to the bulk, take logarithms of heavy tails, or use RobustScaler.
    Ignore when:
        The extremes are what you look for (fraud, failures).
    Sources:
        Huber and Ronchetti, Robust Statistics.
    """
    if has_learned(outcome):
        return
    for fact in data.inputs:
        if fact.role not in ("table", "sequence") or scaled_inside(model, data, fact):
            continue
        found = [(c, _far(c)) for c in fact.columns if c.sentinel is None and c.distinct > 10]
        found = sorted((f for f in found if f[1] > deviations), key=lambda f: -f[1])
        if found:
            column, far = found[0]
            extreme = max(column.min or 0.0, column.max or 0.0, key=lambda v: abs(v - column.quantiles[0.5]))
            yield Hit(
                message=f"Outliers in {column_word([c.name for c, _ in found])} of {fact.name}: {number(extreme)} in {column.name},"
                f" {number(far)} deviations from the median {number(column.quantiles[0.5])}.",
                evidence={c.name: f for c, f in found[:20]},
                where=fact.name,
                confidence=0.65 if far > 4 * deviations else 0.45,
                fix=fixes.clip_outliers(names=names),
            )


def _far(column: ColumnFacts) -> float:
    width = spread(column)
    if width <= 0 or column.min is None or column.max is None:
        return 0.0
    middle = column.quantiles[0.5]
    return max(column.max - middle, middle - column.min) / width
