"""KM313 a Normalization layer that does not know the data."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from keras_magic import fixes
from keras_magic.assessment import has_learned, number
from keras_magic.checks.architecture._layers import before
from keras_magic.facts import DataFacts, InputFacts, LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM313",
    "unadapted-normalization",
    cause="preprocessing-mismatch",
    severity="warning",
    headline="a Normalization layer does not know the data",
)
def unadapted_normalization(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, off: float = 10.0
) -> Iterator[Hit]:
    """A Normalization layer that was never adapted, or adapted to other data.

    Looks for:
        A Normalization layer with mean 0 and variance 1 before unscaled data; one whose mean and variance are far from the data
        that now goes in, as when the data was scaled once more outside.
    Why:
        Without adapt() the layer does nothing. Adapted to raw data and fed with scaled data, it subtracts a mean of hundreds from
        values around 0 and divides by the large spread: all rows look alike.
    Measured:
        The layer's means and variances against those of the input's columns.
    Bad:
        norm = keras.layers.Normalization()                 # never adapted
    Good:
        norm = keras.layers.Normalization(); norm.adapt(x_train)
    Fix:
        norm.adapt(...) on exactly the data that fit gets.
    Ignore when:
        The data is already scaled (the check is silent then).
    Sources:
        keras.layers.Normalization.adapt.
    """
    if has_learned(outcome):
        return
    for layer in model.layers:
        given = feeding(model, data, layer) if layer.kind == "Normalization" else None
        if given is None:
            continue
        if layer.options.get("adapted") is False:
            wide = given.std is not None and given.mean is not None and max(abs(given.mean), given.std) > off
            text, cause = (
                f"{layer.name} has mean 0 and variance 1, as before adapt(): it passes the values on as they are",
                "input-not-scaled",
            )
        else:
            wide, cause = _far_off(layer, given, off), "preprocessing-mismatch"
            text = f"{layer.name} was adapted to other data than fit gets (was it scaled twice?)"
        if wide:
            low, high = number(given.min), number(given.max)
            yield Hit(
                message=f"{text}; the values of {given.name} run from {low} to {high}.",
                evidence={"adapted": layer.options.get("adapted"), "mean": given.mean, "std": given.std},
                where=layer.name,
                cause=cause,
                severity="error",
                level=Evidence.STRONG,
                fix=fixes.scale_inputs() if cause == "input-not-scaled" else None,
            )


def feeding(model: ModelFacts, data: DataFacts, layer: LayerFacts) -> InputFacts | None:
    """The input data, where nothing but the Input stands before the layer."""
    way = list(before(model, layer))
    names = [b.name for b in way if b.kind == "InputLayer"]
    if len(names) != len(way):
        return None
    by_name = next((i for i in data.inputs if i.name in names), None)
    return by_name or (data.inputs[0] if len(data.inputs) == 1 else None)


def _far_off(layer: LayerFacts, given: InputFacts, off: float) -> bool:
    """Normalised by the layer, the typical column would not be near mean 0 and spread 1."""
    means, variances = layer.options.get("mean", ()), layer.options.get("variance", ())
    columns = [(c.mean, c.std) for c in given.columns]
    if len(columns) != len(means):
        columns, means, variances = [(given.mean, given.std)], means[:1], variances[:1]
    shifts, ratios = [], []
    for (mean, std), centre, variance in zip(columns, means, variances, strict=False):
        if mean is not None and std and variance > 0:
            shifts.append(abs(mean - centre) / variance**0.5)
            ratios.append(std / variance**0.5)
    return bool(shifts) and (median(shifts) > off / 2 or median(ratios) > off or median(ratios) < 1 / off)
