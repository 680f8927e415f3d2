"""KM202 data outside the range that the model expects."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number
from keras_magic.checks.inputs._common import lookup, several, severity_of
from keras_magic.facts import DataFacts, InputFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM202",
    "preprocessing-mismatch",
    cause="preprocessing-mismatch",
    severity="error",
    explains=("input-not-scaled", "learning-rate-too-low", "vanishing-gradient", "epochs-too-few", "dead-relu"),
)
def preprocessing_mismatch(
    data: DataFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    factor: float = 10.0,
) -> Iterator[Hit]:
    """Data outside the range that the model expects.

    Looks for:
        A model that starts with Rescaling, or on a pretrained network, and data that is not in the range it was made for.
    Why:
        Scaled twice (divided by 255 in the pipeline and again by Rescaling), all inputs are within 0.004 of each other, and so are
        the outputs. Not scaled at all, a pretrained network sees what it has never seen.
    Measured:
        Range of the data against the range that the first layers map to about -1..1, or, for trained layers, that the statistics of
        their first BatchNormalization fit.
    Bad:
        x = x / 255.0; keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten()])
    Good:
        keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten()])     # fed 0..255
    Fix:
        Feed the range that the model expects, or take the scaling out of one of the two places.
    Ignore when:
        The Rescaling layer was chosen for this very range.
    Sources:
        keras.layers.Rescaling; keras.applications: preprocess_input of each network; Ruderman 1994, The statistics of natural
        images (Network 5).
    """
    for fact in data.inputs:
        expected = lookup(model.expected_range, model, data, fact)
        if expected is None or fact.min is None or fact.max is None or fact.role == "tokens":
            continue
        low, high = expected
        problem = _problem(fact, low, high, factor)
        if problem:
            wants = "the first layers were trained on about" if fact.name in _learned(model, fact) else "the model expects"
            now = f"{number(fact.min)} to {number(fact.max)}"
            yield Hit(
                message=f"The data of {fact.name} runs from {now}; {wants} {number(low)} to {number(high)}: {problem}.",
                evidence={"min": fact.min, "max": fact.max, "expected": expected},
                where=fact.name,
                severity=severity_of(outcome, training).replace("warning", "error"),
                level=Evidence.MEASURED,
                fix=fixes.undo_scaling(low=low, high=high, current=_range_of(fact), input=several(data, fact)),
            )


def _learned(model: ModelFacts, fact: InputFacts) -> tuple[str, ...]:
    """Names under which the range of this input was read from learned statistics."""
    return (fact.name,) if len(model.expected_range) == 1 and model.learned_range else model.learned_range


def _problem(fact: InputFacts, low: float, high: float, factor: float) -> str | None:
    assert fact.min is not None
    assert fact.max is not None
    width, wanted = fact.max - fact.min, high - low
    if width <= 0 or wanted <= 0:
        return None
    if wanted > factor * width and max(abs(fact.min), abs(fact.max)) <= max(abs(low), abs(high)):
        return "it seems to be scaled already, so it is scaled twice"
    if max(abs(fact.min), abs(fact.max)) > factor * max(abs(low), abs(high)):
        return "it is not scaled as the model needs it"
    return None


def _range_of(fact: InputFacts) -> tuple[float, float]:
    """The range that the data stands for: 0..1, -1..1 and 0..255 where it looks like one of them."""
    assert fact.min is not None
    assert fact.max is not None
    for low, high in ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)):
        if fact.min >= low - 0.01 and 0.5 * high < fact.max <= high + 0.01:
            return low, high
    return fact.min, fact.max
