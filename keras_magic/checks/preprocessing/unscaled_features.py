"""KM203 features that are not scaled."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import about, number
from keras_magic.checks.inputs._common import (
    heavy_tailed,
    is_identifier,
    keys,
    normalised_after,
    scaled_inside,
    several,
    severity_of,
    spread,
)
from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes.combine import together
from keras_magic.rules import rule


@rule(
    "KM203",
    "unscaled-features",
    cause="input-not-scaled",
    severity="warning",
    explains=("exploding-gradient", "dead-relu", "vanishing-gradient", "learning-rate-too-high", "learning-rate-too-low"),
)
def unscaled_features(
    data: DataFacts,
    model: ModelFacts | None = None,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    large: float = 20.0,
    ratio: float = 100.0,
    offset: float = 10.0,
) -> Iterator[Hit]:
    """Features that are not scaled.

    Looks for:
        Values far from the order of 1, columns whose spread differs by a factor of `ratio` or more, columns whose spread is small
        against their distance from 0 (years, pressures), images in 0..255 or with channels of very different size. Inputs that
        the model scales or embeds are left alone, and so are identifiers (KM214).
    Why:
        The initial weights are made for inputs of about mean 0 and standard deviation 1. Larger inputs give larger gradients: a
        learning rate that is safe for the largest column is too small for the rest, and units die or saturate in the first steps.
    Measured:
        Quantiles of each column (robust, so standardised data with a heavy tail or a mark for missing is no finding) and whether
        the model starts with a layer that scales.
    Bad:
        model.fit(df[["income", "age", "share"]], y)
    Good:
        scaler = StandardScaler().fit(x_train); model.fit(scaler.transform(x_train), y_train)
    Fix:
        StandardScaler or a Normalization layer fitted on the training rows; images divided by 255.
    Ignore when:
        The features are counts on purpose, and the model takes their logarithm itself.
    Sources:
        LeCun et al. 1998, Efficient BackProp, section 4.3; Keras guide: preprocessing layers.
    """
    for fact in data.inputs:
        if fact.role in ("tokens", "text") or fact.max is None or fact.min is None or scaled_inside(model, data, fact):
            continue
        channels = _channels(fact, ratio)
        found = channels or (
            _whole(fact, large) if fact.role in ("image", "volume") or not fact.columns else _columns(fact, large, ratio, offset)
        )
        if found is None:
            continue
        message, level, evidence = found
        if fact.role in ("image", "volume") and normalised_after(model):
            level = Evidence.HINT
        severity = severity_of(outcome, training)
        yield Hit(
            message=message,
            evidence=evidence,
            where=fact.name,
            severity=severity,
            level=level if severity != "info" else Evidence.HINT,
            fix=_fix(fact, data, by_channel=channels is not None),
        )


def _channels(fact: InputFacts, ratio: float) -> tuple[str, Evidence, dict] | None:
    """Channels of images (colours beside a depth, sensors) whose values vary by very different amounts."""
    live = [c for c in fact.channels if c.std]
    if len(live) < 2:
        return None
    wide, narrow = max(live, key=lambda c: c.std or 0), min(live, key=lambda c: c.std or 0)
    if (wide.std or 0) <= ratio * (narrow.std or 0):
        return None
    text = f"Channel {wide.name} of {fact.name} varies by {number(wide.std)}, channel {narrow.name} by {number(narrow.std)}"
    return f"{text}: the channels are of very different size.", Evidence.STRONG, {"std": {c.name: c.std for c in fact.channels}}


def _whole(fact: InputFacts, large: float) -> tuple[str, Evidence, dict] | None:
    assert fact.min is not None
    assert fact.max is not None
    size = max(abs(fact.min), abs(fact.max))
    typical = max(abs(fact.mean or 0.0), fact.std or 0.0)
    if typical < large / 4 or size < large:
        return None
    text = f"The values of {fact.name} run from {number(fact.min)} to {number(fact.max)} (mean {number(fact.mean)}), unscaled."
    return (
        text,
        Evidence.STRONG if typical > large else Evidence.PLAUSIBLE,
        {"min": fact.min, "max": fact.max, "mean": fact.mean, "std": fact.std},
    )


def _columns(fact: InputFacts, large: float, ratio: float, offset: float) -> tuple[str, Evidence, dict] | None:
    live = [c for c in fact.columns if c.quantiles and (c.std or 0) > 0 and c.min != c.max and not c.text]
    if len(fact.columns) > 1:
        live = [c for c in live if not is_identifier(c)]
    if not live:
        return None
    widest = max(live, key=_size)
    spreads = [(spread(c) or c.std or 0.0, c) for c in live if c.distinct > 2]
    evidence: dict = {"largest": widest.name, "size": _size(widest)}
    if _size(widest) > large:
        alone = len(fact.columns) == 1
        text = (
            _reach(fact, widest)
            if alone
            else f"{fact.name} is not scaled: column {widest.name} has values as large as {number(_size(widest))}"
        )
        small = min(spreads, key=lambda s: s[0], default=None)
        if small and len(spreads) > 1 and max(s for s, _ in spreads) > ratio * small[0]:
            return f"{text}, column {small[1].name} varies by only {about(small[0])}.", Evidence.MEASURED, evidence
        level = Evidence.STRONG if _size(widest) > 10 * large else Evidence.PLAUSIBLE
        return f"{text}; fresh networks expect about -1 to 1.", level, evidence
    if len(spreads) > 1:
        low, high = min(spreads, key=lambda s: s[0]), max(spreads, key=lambda s: s[0])
        if high[0] > ratio * low[0] and high[0] > 0.5:
            text = f"{fact.name} is not scaled: column {high[1].name} varies by {about(high[0])}"
            return (
                f"{text}, column {low[1].name} by only {about(low[0])}.",
                Evidence.PLAUSIBLE,
                {"ratio": high[0] / max(low[0], 1e-30)},
            )
    far = [c for c in live if abs(c.quantiles[0.5]) > max(3.0, offset * max(spread(c), 1e-30)) and c.distinct > 2]
    if far:
        c = far[0]
        text = f"{fact.name} is not centred: column {c.name} lies around {number(c.quantiles[0.5])}"
        return (
            f"{text} and varies by only {about(spread(c))}.",
            Evidence.PLAUSIBLE,
            {"median": c.quantiles[0.5], "spread": spread(c)},
        )
    return None


def _size(column: ColumnFacts) -> float:
    """How far its values reach, the farthest hundredths and a mark for missing (KM207) left out."""
    ends = (0.01, 0.99) if column.sentinel is None else (0.05, 0.95) if column.sentinel_fraction < 0.05 else (0.25, 0.75)
    return max(abs(column.quantiles[q]) for q in ends)


def _reach(fact: InputFacts, column: ColumnFacts) -> str:
    return f"The values of {fact.name} run from {number(column.min)} to {number(column.max)}"


def _fix(fact: InputFacts, data: DataFacts, *, by_channel: bool) -> Fix:
    assert fact.min is not None
    assert fact.max is not None
    if by_channel:
        return fixes.scale_inputs(method="layer", input=several(data, fact))
    pixels = fact.min >= 0 and 100 < fact.max <= 255 and (fact.integer or fact.role == "image")
    if pixels and (fact.role == "image" or fact.columns_total >= 16):
        return fixes.divide_inputs(255.0, input=several(data, fact))
    scale = fixes.scale_inputs(input=several(data, fact))
    tails = heavy_tailed(fact) if fact.role == "table" else []
    return together([fixes.power_transform(keys(data, tails), input=several(data, fact)), scale]) if tails else scale
