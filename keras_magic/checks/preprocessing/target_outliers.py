"""KM206 outliers in the targets."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number, percent
from keras_magic.checks.inputs._common import of_its_tail
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

SQUARED = ("mean_squared_error", "mean_squared_logarithmic_error", "custom", None)


@rule(
    "KM206",
    "target-outliers",
    cause="outliers",
    severity="error",
    explains=("target-not-scaled", "exploding-gradient", "learning-rate-too-high", "learning-rate-too-low", "epochs-too-few"),
)
def target_outliers(
    data: DataFacts,
    model: ModelFacts | None = None,
    outcome: OutcomeFacts | None = None,
    *,
    leverage: float = 0.7,
    few: float = 0.05,
) -> Iterator[Hit]:
    """Outliers in the targets.

    Looks for:
        A few target values that carry most of the squared deviation.
    Why:
        A squared error is dominated by them: every step is about those rows, and the ordinary ones, pressed together by the
        scaling, are fitted by their mean.
    Measured:
        Share of the squared deviations (from the median) carried by values beyond 5 robust deviations, unless the largest is one
        that the tail of the targets leads to expect (a heavy tail: KM213).
    Bad:
        nine delivery times of 30,000 minutes among ordinary ones, with loss="mse"
    Good:
        drop or correct the odd records; keras.losses.Huber() for what remains
    Fix:
        Leave out what can't be true, or use a robust loss (Huber, MAE).
    Ignore when:
        The extremes are real and are what counts.
    Sources:
        Huber 1964, Robust Estimation of a Location Parameter.
    """
    losses = [head.loss for head in model.heads] if model is not None else [None]
    if has_learned(outcome) or not any(loss in SQUARED for loss in losses):
        return
    for target in data.targets:
        if target.form != "continuous" or target.outlier_leverage < leverage or not 0 < target.outlier_fraction <= few:
            continue
        if of_its_tail(target):
            continue
        first, third = (target.quantiles.get(q) for q in (0.25, 0.75))
        middle = f", half of all lie between {number(first)} and {number(third)}" if first is not None and third is not None else ""
        yield Hit(
            message=f"{percent(target.outlier_fraction)} of the targets carry {percent(target.outlier_leverage)} of the squared"
            f" error: they reach from {number(target.min)} to {number(target.max)}{middle}.",
            evidence={"fraction": target.outlier_fraction, "leverage": target.outlier_leverage, "max": target.max},
            where=target.name,
            severity="error" if target.outlier_leverage > 0.9 else "warning",
            level=Evidence.MEASURED if target.outlier_leverage > 0.9 else Evidence.PLAUSIBLE,
            fix=fixes.drop_outliers(),
        )
