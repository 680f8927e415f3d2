"""KM409 targets outside the range of the last activation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number, percent
from keras_magic.checks.head._pairs import BINARY, CROSSENTROPY, REGRESSION, Pair, pairs
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TargetFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

#: Forms of targets whose `classes` are their values; of rows of labels they are the columns.
VALUES = ("binary", "signs", "integer", "single", "sequence")


@rule(
    "KM409",
    "unreachable-targets",
    cause="output-activation",
    severity="error",
    explains=("dead-relu", "target-not-scaled", "loss-mismatch"),
)
def unreachable_targets(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, share: float = 0.02, tolerance: float = 0.02
) -> Iterator[Hit]:
    """Targets that the last activation can't reach.

    Looks for:
        ReLU with negative targets, sigmoid with targets outside 0..1, tanh with targets beyond ±1, and the like.
    Why:
        The outputs stop at the end of the activation's range, where its gradient is zero: those rows can't be fitted, and the
        units saturate or die in trying.
    Measured:
        Range of the last activation (with a Rescaling layer after it taken into account) against quantiles of the target, between
        which the share is interpolated, or its counts where it has few values (masks of 0 and 255).
    Bad:
        keras.layers.Dense(1, activation="sigmoid")   # prices
    Good:
        keras.layers.Dense(1)                         # prices, scaled to mean 0 and standard deviation 1
    Fix:
        No activation on the last layer of a regression, or targets scaled into its range; masks of 0 and 255 divided by 255.
    Ignore when:
        The range is meant, and the few targets outside are errors.
    Sources:
        StackOverflow 48251943, 48221692, 42514960, 50555434.
    """
    if has_learned(outcome):
        return
    for pair in pairs(model, data):
        low, high = pair.head.range
        if pair.loss not in (*REGRESSION, "custom", "poisson") or (pair.labels and pair.target.form != "signs" and _fits(pair)):
            continue
        below, above = _beyond(pair, low, high, tolerance)
        if max(below, above) < share or (pair.units == 1 and pair.activation == "softmax"):
            continue
        own, masks = pair.loss == "custom", _masks(pair)
        side = f"below {low:g}" if below >= above else f"above {high:g}"
        yield Hit(
            message=f"The last activation ({pair.activation or 'rescaled'}) gives values from {_end(low)} to {_end(high)}, but "
            f"about {percent(max(below, above))} of the targets lie {side} (they run from {number(pair.target.min)} to "
            f"{number(pair.target.max)}): they can't be reached.",
            evidence={"activation": pair.activation, "range": (low, high), "target_range": (pair.target.min, pair.target.max)},
            where=pair.where,
            cause="label-encoding" if masks else None,
            level=min(pair.level, _level(own and not masks, masks or max(below, above) > 0.04)),
            fix=fixes.labels_to_binary() if masks else fixes.replace_head(activation="linear", output=pair.output),
        )


def _masks(pair: Pair) -> bool:
    """Two values, 0 and a number above 1 such as 255, under an activation that ends at 1: masks that were not divided."""
    values = sorted(float(v) for v in pair.target.classes) if pair.target.integer and pair.target.form in VALUES else []
    return len(values) == 2 and values[0] == 0.0 and values[1] > 1.0 and pair.head.range == (0.0, 1.0)


def _fits(pair: Pair) -> bool:
    """Class labels under a head with one unit per class: another check's matter."""
    return (pair.units or 0) > 1 or pair.loss in CROSSENTROPY | BINARY


def _level(own: bool, many: bool) -> Evidence:
    if own:
        return Evidence.PLAUSIBLE
    return Evidence.CONTRADICTION if many else Evidence.STRONG


def _end(value: float | None) -> str:
    return "unbounded" if value is None else f"{value:g}"


def _beyond(pair: Pair, low: float | None, high: float | None, tolerance: float) -> tuple[float, float]:
    """Shares of the target below and above the range, exact where its values were counted."""
    target = pair.target
    total = sum(target.classes.values()) if target.integer and target.form in VALUES else 0
    if total:
        shares = {float(v): n / total for v, n in target.classes.items()}
        under = sum(n for v, n in shares.items() if low is not None and v < low)
        return under, sum(n for v, n in shares.items() if high is not None and v > high)
    slack = tolerance * max(target.std or 0.0, 1e-12) + 1e-6
    points = _distribution(target)
    below = 0.0 if low is None or not points else _share_below(points, low - slack)
    return below, 0.0 if high is None or not points else 1 - _share_below(points, high + slack)


def _distribution(target: TargetFacts) -> list[tuple[float, float]]:
    """(value, share of the target at or below it), in increasing order."""
    ends = [(v, share) for v, share in ((target.min, 0.0), (target.max, 1.0)) if v is not None]
    return sorted([*ends, *((v, share) for share, v in target.quantiles.items())])


def _share_below(points: list[tuple[float, float]], value: float) -> float:
    """Interpolated between the points."""
    if value <= points[0][0]:
        return 0.0
    for (left, low), (right, high) in itertools.pairwise(points):
        if value <= right:
            return low + (high - low) * (value - left) / (right - left)
    return 1.0
