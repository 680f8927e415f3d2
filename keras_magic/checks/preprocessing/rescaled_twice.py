"""KM218 two Rescaling layers in a row."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number
from keras_magic.checks.architecture._layers import before
from keras_magic.facts import DataFacts, InputFacts, LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM218",
    "rescaled-twice",
    cause="preprocessing-mismatch",
    severity="error",
    explains=("input-not-scaled", "learning-rate-too-low", "vanishing-gradient", "epochs-too-few", "capacity-too-small"),
    headline="two Rescaling layers scale one after the other",
)
def rescaled_twice(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Two Rescaling layers, one after the other.

    Looks for:
        A Rescaling layer made for whole pixels (a scale of 1/50 and less) after another one that has already brought the data to a
        width of about 1; often one of them is part of a network of keras.applications.
    Why:
        Divided by 255 twice, all pixels are within 0.004 of each other: images are one and the same number to the next layer.
    Measured:
        The layers between the input and each Rescaling layer, along the graph; the range of the data after each of them.
    Bad:
        keras.layers.Rescaling(1 / 255), keras.applications.EfficientNetB0(include_top=False)     # which holds a Rescaling(1 / 255)
    Good:
        keras.applications.EfficientNetB0(include_top=False)                                      # fed 0..255
    Fix:
        Leave your Rescaling layer out.
    Ignore when:
        A BatchNormalization follows and the network learns (nothing is said then).
    Sources:
        keras.applications: notes on the inputs of each network; keras.layers.Rescaling.
    """
    if has_learned(outcome) or not model.graph_known:
        return
    for layer in model.layers:
        first = _scaled_before(model, layer)
        given = input_of(model, data, first) if first is not None else None
        if first is None or given is None or given.min is None or given.max is None:
            continue
        width = (given.max - given.min) * first.options["scale"]
        left = width * layer.options["scale"]
        if 0.5 <= width <= 2.5 and left < 0.05:
            yield Hit(
                message=f"{first.name} brings {given.name} ({number(given.min)} to {number(given.max)}) to a width of "
                f"{number(width)}, and {layer.name} to one of {number(left)}: it is scaled twice.",
                evidence={"first": first.name, "second": layer.name, "width": left},
                where=layer.name,
                level=Evidence.CONTRADICTION,
                fix=fixes.drop_layers([first.name]),
            )
            return


def _scaled_before(model: ModelFacts, layer: LayerFacts) -> LayerFacts | None:
    """The Rescaling layer before this one, with nothing that changes values between."""
    if not _is_plain(layer) or layer.options["scale"] > 0.02:
        return None
    way = list(before(model, layer))
    if any(other.parameters and other.kind != "Normalization" for other in way):
        return None
    scaled = [other for other in way if other.kind == "Rescaling"]
    return scaled[0] if len(scaled) == 1 and _is_plain(scaled[0]) else None


def _is_plain(layer: LayerFacts) -> bool:
    scale = layer.options.get("scale")
    return layer.kind == "Rescaling" and isinstance(scale, (int, float)) and scale > 0


def input_of(model: ModelFacts, data: DataFacts, layer: LayerFacts) -> InputFacts | None:
    """The input data that reaches the layer."""
    names = [other.name for other in before(model, layer) if other.kind == "InputLayer"]
    return next((i for i in data.inputs if i.name in names), None) or (data.inputs[0] if len(data.inputs) == 1 else None)
