"""KM205 outliers in the features."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number
from keras_magic.checks.inputs._common import column_word, extreme, of_its_tail, reach, scaled_inside
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM205", "feature-outliers", cause="outliers", severity="warning", explains=("exploding-gradient", "dead-relu"))
def feature_outliers(
    data: DataFacts, model: ModelFacts | None = None, outcome: OutcomeFacts | None = None, *, deviations: float = 50.0
) -> Iterator[Hit]:
    """Outliers in the features.

    Looks for:
        Columns with single values more than `deviations` times as far from the median as the bulk of the values.
    Why:
        One such row makes a gradient that outweighs its whole batch; and a scaler fitted on them presses all other rows together.
    Measured:
        Exact minimum and maximum against the width of the middle 98 % of a sample, and against what the column's own tail leads
        to expect of so many rows (extreme values of a Pareto tail): heavy tails (KM213) and repeated marks such as -999 (KM207)
        are other findings. Columns that the model scales or embeds are left alone.
    Bad:
        df["income"].max()                     # 9.9e9, a typing error
    Good:
        df["income"].clip(*df["income"].quantile([0.001, 0.999]))
    Fix:
        Correct or drop what can't be true, clip to the bulk, or use RobustScaler.
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
        found = [(c, reach(c)) for c in fact.columns if c.sentinel is None and c.distinct > 10 and not of_its_tail(c)]
        found = sorted((f for f in found if f[1] > deviations), key=lambda f: -f[1])
        if found:
            column, far = found[0]
            yield Hit(
                message=f"Outliers in {column_word([c.name for c, _ in found])} of {fact.name}: {number(extreme(column))} in"
                f" {column.name}, {number(far)} standard deviations from the median {number(column.quantiles[0.5])}.",
                evidence={c.name: f for c, f in found[:20]},
                where=fact.name,
                level=Evidence.STRONG if far > 4 * deviations else Evidence.PLAUSIBLE,
                fix=fixes.clip_outliers(),
            )
