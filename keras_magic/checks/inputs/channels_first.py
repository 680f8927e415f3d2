"""KM116 images with the channels first."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.inputs._common import several
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM116", "channels-first", cause="input-shape", severity="error", headline="the channels of the images come first")
def channels_first(data: DataFacts, model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Images with the channels first.

    Looks for:
        Images of shape (1, 3 or 4, height, width) before convolutions that expect the channels last.
    Why:
        The convolution slides over channels and rows and mixes the columns: it sees a few rows of many "colours".
    Measured:
        Shape of the input and `data_format` of the convolutions.
    Bad:
        keras.Input((3, 32, 32))               # with data_format="channels_last"
    Good:
        x = x.transpose(0, 2, 3, 1); keras.Input((32, 32, 3))
    Fix:
        Transpose (never reshape) to channels last.
    Ignore when:
        The first axis is something else, such as time.
    Sources:
        keras.config.image_data_format.
    """
    convolutions = [layer for layer in model.layers if layer.kind.endswith("Conv2D")]
    if not convolutions or has_learned(outcome) or convolutions[0].options.get("data_format") == "channels_first":
        return
    for fact in data.inputs:
        shape = fact.shape
        if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 2, 3, 4) and all((n or 0) >= 8 for n in shape[1:]):
            yield Hit(
                message=f"The images have shape {shape}: {shape[0]} channels first; {convolutions[0].name} expects them last.",
                evidence={"shape": shape},
                where=fact.name,
                level=Evidence.MEASURED if shape[1] == shape[2] else Evidence.PLAUSIBLE,
                fix=fixes.transpose_inputs((1, 2, 0), input=several(data, fact)),
            )
