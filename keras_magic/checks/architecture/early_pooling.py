"""KM315 images shrunk before anything was seen."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from keras_magic.assessment import has_learned
from keras_magic.checks.architecture._layers import after, before, kind_of
from keras_magic.facts import ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

_SHRINKS = ("MaxPooling", "AveragePooling", "Conv")


@rule(
    "KM315",
    "early-pooling",
    cause="capacity-too-small",
    severity="warning",
    headline="the input is shrunk away in the first layers",
)
def early_pooling(model: ModelFacts, outcome: OutcomeFacts | None = None, *, factor: float = 40.0) -> Iterator[Hit]:
    """An image or series that is shrunk away in the first layers.

    Looks for:
        A pooling layer or stride that cuts the positions by 40 and more at once, with convolutions after it.
    Why:
        What pooling throws away no later layer can see.
    Measured:
        Positions before and after each layer, from its shapes.
    Bad:
        keras.Input((28, 28, 1)), keras.layers.MaxPooling2D(7), keras.layers.Conv2D(16, 3, padding="same")
    Good:
        keras.Input((28, 28, 1)), keras.layers.Conv2D(16, 3), keras.layers.MaxPooling2D(2)
    Fix:
        Pooling by 2, after a convolution each.
    Ignore when:
        The image is much finer than what is to be seen in it, or the network learns well (the check is silent then).
    Sources:
        Nikanjam et al. 2021, NeuraLint (TOSEM 31:1), rules on pooling. Usual first layers shrink far less at once: by 4 to 5.2
        in the programs traffic_signs, three_shapes and road_signs, by 16 in Krizhevsky et al. 2012 (AlexNet, stride 4).
    """
    if has_learned(outcome):
        return
    for layer in model.layers:
        into, out = _positions(layer.input_shape), _positions(layer.output_shape)
        if kind_of(layer) not in _SHRINKS or not into or not out:
            continue
        behind = any(kind_of(other) == "Conv" for other in after(model, layer))
        early = sum(1 for other in before(model, layer) if other.parameters) < 2
        if into / out >= factor and behind and early:
            yield Hit(
                message=f"{layer.name} shrinks {into} positions to {out} before the convolutions after it have seen them.",
                evidence={"positions_before": into, "positions_after": out},
                where=layer.name,
                level=Evidence.PLAUSIBLE,
            )


def _positions(shape: tuple[int | None, ...] | None) -> int:
    """Positions of a map (channels last), 0 when unknown or when there are none."""
    if shape is None or len(shape) < 2 or None in shape:
        return 0
    return prod(n or 0 for n in shape[:-1])
