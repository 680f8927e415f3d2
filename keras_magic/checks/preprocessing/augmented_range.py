"""KM220 an augmentation made for another range of values."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned, number
from keras_magic.checks.architecture._layers import before
from keras_magic.checks.preprocessing.rescaled_twice import input_of
from keras_magic.facts import DataFacts, LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

#: Layers that add to the values, or turn or sort them, in units of their `value_range`.
MOVES = ("RandomBrightness", "RandomColorJitter", "RandAugment", "AugMix", "RandomInvert", "Solarization", "Equalization")


@rule(
    "KM220",
    "augmented-range",
    cause="preprocessing-mismatch",
    severity="error",
    explains=("learning-rate-too-low", "learning-rate-too-high", "dead-relu", "epochs-too-few", "capacity-too-small", "dropout"),
    headline="an augmentation is made for another range of values",
)
def augmented_range(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, share: float = 0.05
) -> Iterator[Hit]:
    """An augmentation made for values of another range.

    Looks for:
        RandomBrightness and other layers that move values in units of `value_range` (0 to 255 by default), fed with values that
        span less than a twentieth of it, in a network that has not learned.
    Why:
        A fifth of 255 is added to pixels between 0 and 1: what was in the image is lost, in training only.
    Measured:
        `value_range` of the layer against the range of the data, after the Rescaling layers before it.
    Bad:
        keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.RandomBrightness(0.2)])
    Good:
        keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.RandomBrightness(0.2, value_range=(0, 1))])
    Fix:
        Give the layer the range that your values have there.
    Ignore when:
        The network learns (nothing is said then).
    Sources:
        keras.layers.RandomBrightness, keras.layers.RandomColorJitter (value_range).
    """
    if has_learned(outcome) or not model.graph_known:
        return
    for layer in model.layers:
        meant, span = layer.options.get("value_range"), _span(model, data, layer)
        if layer.kind not in MOVES or span is None or not isinstance(meant, (list, tuple)) or len(meant) != 2:
            continue
        low, high = span
        if 0 < high - low < share * (meant[1] - meant[0]):
            yield Hit(
                message=f"{layer.name} ({layer.kind}) moves values in units of {number(meant[0])} to {number(meant[1])}; it is fed "
                f"values from {number(low)} to {number(high)}, which are lost in what it adds.",
                evidence={"value_range": list(meant), "low": low, "high": high},
                where=layer.name,
                level=Evidence.CONTRADICTION,
                fix=_fix(layer, low, high),
            )
            return


def _span(model: ModelFacts, data: DataFacts, layer: LayerFacts) -> tuple[float, float] | None:
    """The range of the values that reach the layer; None where something other than Rescaling layers may change it."""
    given = input_of(model, data, layer)
    if given is None or given.min is None or given.max is None:
        return None
    low, high = given.min, given.max
    for other in reversed(list(before(model, layer))):
        scale, offset = other.options.get("scale"), other.options.get("offset", 0.0)
        if other.kind == "Rescaling" and isinstance(scale, (int, float)) and isinstance(offset, (int, float)):
            low, high = sorted((low * scale + offset, high * scale + offset))
        elif other.kind != "InputLayer" and not other.kind.startswith("Random"):
            return None
    return low, high


def _fix(layer: LayerFacts, low: float, high: float) -> Fix:
    return Fix(
        name="set-value-range",
        title=f"Give {layer.kind} the range of your values",
        code=f"keras.layers.{layer.kind}(..., value_range=({number(low)}, {number(high)}))  # in the model",
    )
