"""KM303 image channels on the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks._judging import has_learned
from keras_magic.checks.architecture._layers import before, kind_of
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule


@rule("KM303", "channels-in-wrong-place", cause="input-shape", severity="error")
def channels_in_wrong_place(
    model: ModelFacts, outcome: OutcomeFacts | None = None, names: dict | None = None, *, channels: int = 4, side: int = 8
) -> Iterator[Hit]:
    """Images with the channels first in front of a convolution that takes them last.

    Looks for:
        A first Conv2D whose input looks like (channels, height, width) but is read as (height, width, channels), or the reverse.
    Why:
        The convolution then slides over channels and rows and takes every image column for a channel of its own: neighbouring
        pixels are no longer neighbours, and a height of 1 or 3 leaves nothing to slide over.
    Measured:
        Shape of the input of the first convolution against its data_format.
    Bad:
        keras.Input((3, 64, 64)), keras.layers.Conv2D(16, 3)
    Good:
        keras.Input((64, 64, 3)), keras.layers.Conv2D(16, 3)
    Fix:
        x.transpose(0, 2, 3, 1).
    Ignore when:
        The image really is that narrow.
    Sources:
        keras.layers.Conv2D, argument data_format; StackOverflow 45711636.
    """
    if has_learned(outcome):
        return
    for layer in model.layers:
        shape = layer.input_shape
        first = kind_of(layer) in ("Conv", "SeparableConv", "DepthwiseConv") and not _convolved_before(model, layer)
        if not first or shape is None or len(shape) != 3 or None in shape:
            continue
        size = [n or 0 for n in shape]
        last = layer.options.get("data_format", "channels_last") == "channels_last"
        narrow, wide = (size[0], size[1:]) if last else (size[2], size[:2])
        own = size[2] if last else size[0]
        if narrow <= channels and min(wide) >= side and own > channels:
            order = (1, 2, 0) if last else (2, 0, 1)
            yield Hit(
                message=f"{layer.name} takes {shape} for (height, width, channels), that is {own} channels on a picture of "
                f"{size[0]} × {size[1]}: the channels seem to stand {'first' if last else 'last'}.",
                evidence={"shape": shape, "data_format": layer.options.get("data_format")},
                where=layer.name,
                confidence=0.9 if narrow in (1, 3) else 0.6,
                fix=fixes.transpose_inputs(order, names=names),
            )


def _convolved_before(model: ModelFacts, layer: LayerFacts) -> bool:
    return any(other.parameters for other in before(model, layer))
