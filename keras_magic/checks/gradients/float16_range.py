"""KM559 numbers beyond the range of float16."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number
from keras_magic.facts import DataFacts, EnvironmentFacts, InputFacts, ModelFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

LARGEST = 65504.0  # of float16


@rule(
    "KM559",
    "float16-range",
    cause="input-not-scaled",
    severity="error",
    explains=("learning-rate-too-high", "learning-rate-too-low", "exploding-gradient", "epochs-too-few", "capacity-too-small"),
    headline="values are beyond the range of float16",
)
def float16_range(
    data: DataFacts, model: ModelFacts, environment: EnvironmentFacts | None = None, training: TrainingFacts | None = None
) -> Iterator[Hit]:
    """Inputs that float16 cannot hold.

    Looks for:
        A network that computes in float16 (the policy mixed_float16, or layers of that type) and inputs beyond 65504.
    Why:
        The largest float16 is 65504. Beyond it a value becomes infinite in the first layer, and NaN in the next one: those rows
        give no answer, whatever the weights and the learning rate.
    Measured:
        The number type that the first layers compute in; the exact largest value of each input and column.
    Bad:
        keras.mixed_precision.set_global_policy("mixed_float16")     # with incomes of up to 250000
    Good:
        x = (x - x.mean(axis=0)) / x.std(axis=0)                     # in float32, before the network
    Fix:
        Scale the inputs outside of the network, or compute in bfloat16, whose range is that of float32.
    Ignore when:
        Never: those values are lost.
    Sources:
        IEEE 754-2008 (binary16); Micikevicius et al. 2018, Mixed Precision Training (arXiv 1710.03740).
    """
    beyond = beyond_float16(data, model, environment)
    if not beyond:
        return
    fact, name, value = beyond[0]
    column = f"column {name} of {fact.name}" if name else fact.name
    lost = training is not None and training.nonfinite is not None
    yield Hit(
        message=f"The network computes in float16, whose largest number is 65504; {column} reaches {number(value)}: such values "
        "become infinite in the first layer" + (", and the rows that hold them NaN." if lost else "."),
        evidence={"largest": value, "limit": LARGEST},
        where=fact.name,
        level=Evidence.CONTRADICTION,
        fix=fixes.scale_inputs(),
    )


def beyond_float16(
    data: DataFacts | None, model: ModelFacts | None, environment: EnvironmentFacts | None
) -> list[tuple[InputFacts, str, float]]:
    """(input, column or "", value) beyond the range of float16, where the network computes in it; the largest first."""
    if data is None or model is None or not _in_float16(model, environment):
        return []
    found = []
    for fact in data.inputs:
        if fact.role == "tokens" or fact.name in model.scales_inputs or (len(model.scales_inputs) and len(data.inputs) == 1):
            continue
        spans = [(c.name, c.min, c.max) for c in fact.columns] or [("", fact.min, fact.max)]
        tops = [(name, low if abs(low) > abs(high) else high) for name, low, high in spans if low is not None and high is not None]
        found += [(fact, name, value) for name, value in tops if abs(value) > LARGEST]
    return sorted(found, key=lambda f: -abs(f[2]))


def _in_float16(model: ModelFacts, environment: EnvironmentFacts | None) -> bool:
    """The first layer with weights computes in float16, as far as known; else the global policy does."""
    first = next(
        (layer.options["compute_dtype"] for layer in model.layers if layer.parameters and "compute_dtype" in layer.options), None
    )
    return (
        first == "float16"
        if first is not None
        else environment is not None and "float16" in environment.precision.replace("bfloat16", "")
    )
