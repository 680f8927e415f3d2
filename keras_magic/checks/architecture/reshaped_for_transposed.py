"""KM304 a Reshape layer where a transpose was meant."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned
from keras_magic.checks.architecture._layers import before
from keras_magic.facts import ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM304", "reshaped-for-transposed", cause="input-shape", severity="error", headline="a Reshape exchanges two axes")
def reshaped_for_transposed(model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A Reshape layer that exchanges two axes, which scrambles the values.

    Looks for:
        A Reshape layer before the first weights whose result has the axes of its input in another order.
    Why:
        Reshape keeps the order of the values in memory and only cuts it elsewhere: (features, time) reshaped to
        (time, features) mixes features and times. A transpose moves them.
    Measured:
        Input and target shape of the Reshape layers before the first weights.
    Bad:
        keras.Input((6, 50)), keras.layers.Reshape((50, 6))
    Good:
        keras.Input((6, 50)), keras.layers.Permute((2, 1))
    Fix:
        A Permute layer, or x.transpose(0, 2, 1).
    Ignore when:
        The data was stored flat in the order that the new shape says.
    Sources:
        numpy.reshape and numpy.transpose; keras.layers.Permute.
    """
    if has_learned(outcome):
        return
    for layer in model.layers:
        shape, target = layer.input_shape or (), layer.options.get("target_shape", ())
        exchanged = len(shape) > 1 and shape != tuple(target) and sorted(map(str, shape)) == sorted(map(str, target))
        if layer.kind == "Reshape" and exchanged and not any(b.parameters for b in before(model, layer)):
            yield Hit(
                message=f"{layer.name} reshapes rows of {shape} to {tuple(target)}, which cuts the values into other rows "
                "instead of swapping axes: use Permute.",
                evidence={"from": shape, "to": tuple(target)},
                where=layer.name,
                level=Evidence.STRONG,
            )
