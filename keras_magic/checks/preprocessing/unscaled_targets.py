"""KM209 regression targets that are not scaled."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number
from keras_magic.checks.inputs._common import severity_of
from keras_magic.facts import DataFacts, HeadFacts, ModelFacts, OutcomeFacts, TargetFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

DISTANCES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")


@rule(
    "KM209",
    "unscaled-targets",
    cause="target-not-scaled",
    severity="warning",
    explains=("exploding-gradient", "epochs-too-few", "dead-relu", "learning-rate-too-low", "learning-rate-too-high"),
)
def unscaled_targets(
    data: DataFacts,
    model: ModelFacts | None = None,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    size: float = 10.0,
    tiny: float = 0.01,
) -> Iterator[Hit]:
    """Regression targets that are not scaled.

    Looks for:
        Targets with a mean or deviation far above (or far below) 1 under a squared or absolute error and a linear output.
    Why:
        A fresh network answers about 0. With targets in the thousands the errors and gradients are a thousand times too
        large for the usual rates (SGD diverges), or it takes thousands of steps only to reach the mean (Adam).
    Measured:
        Mean and deviation of the target, and the loss of its output. Without a model numbers are taken for a regression's. Networks
        that learn all the same are left in peace.
    Bad:
        model.fit(x, price)                    # 120,000 to 900,000
    Good:
        y = (price - price.mean()) / price.std()
    Fix:
        Standardise the target and undo it on predictions.
    Ignore when:
        The learning rate is chosen for this scale and the training is long enough.
    Sources:
        Bishop 1995, Neural Networks for Pattern Recognition, section 8.2.
    """
    if has_learned(outcome):
        return
    for i, target in enumerate(data.targets):
        if not (target.form == "continuous" if model is None else _applies(_head(model, data, i), target)):
            continue
        mean, std = target.mean or 0.0, target.std or 0.0
        extent = max(abs(mean), std)
        if tiny < extent <= size or std == 0:
            continue
        small = extent <= tiny
        sure = Evidence.STRONG if extent > 10 * size else Evidence.PLAUSIBLE
        yield Hit(
            message=f"The target {target.name} is {number(mean)} ± {number(std)}; fresh networks output about 0 ± 1.",
            evidence={"mean": mean, "std": std, "min": target.min, "max": target.max},
            where=target.name,
            severity=severity_of(outcome, training) if extent > 3 * size or small else severity_of(outcome, training, "warning"),
            level=sure if model is not None else Evidence.PLAUSIBLE,
            fix=fixes.scale_targets(),
        )


def _head(model: ModelFacts, data: DataFacts, place: int) -> HeadFacts | None:
    """The head that is given a target: by name, else by position."""
    by_name = {h.name: h for h in model.heads}
    return by_name.get(data.targets[place].name) or (model.heads[place] if len(model.heads) == len(data.targets) else None)


def _applies(head: HeadFacts | None, target: TargetFacts) -> bool:
    if head is None:
        return False
    numbers = target.form == "continuous" or (target.form == "integer" and len(target.classes) > 15)
    return numbers and (head.loss in DISTANCES or "crossentropy" in (head.loss or ""))
