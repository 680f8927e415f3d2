"""KM390 axes reshaped where a transpose was meant."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks._judging import is_failing
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, RateFacts, TrainingFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule

LOCAL = ("Conv", "SeparableConv", "DepthwiseConv", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "ConvLSTM")


@rule("KM390", "reshaped-axes", cause="input-shape", severity="warning")
def reshaped_axes(
    data: DataFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    rate: RateFacts | None = None,
    names: dict | None = None,
) -> Iterator[Hit]:
    """Axes that were reshaped where a transpose was meant.

    Looks for:
        Sequences or images that only make sense once their values are read in another axis order.
    Why:
        `reshape` keeps the values in their order in memory: channels-first data reshaped to channels-last mixes time steps and
        channels, so that neighbours in the array are no neighbours in the world, and a convolution or a recurrent layer sees noise.
    Measured:
        Nothing in the shape gives it away. Where a convolutional or recurrent network does not learn, a paired trial reads the rows
        as channels-first and transposes them; the finding appears only when that helps.
    Bad:
        x = x.reshape(len(x), 40, 5)  # from (rows, 5 channels, 40 steps)
    Good:
        x = x.transpose(0, 2, 1)
    Fix:
        Transpose in place of the reshape.
    Ignore when:
        You know the axis order to be right.
    Sources:
        NumPy documentation: reshape and transpose.
    """
    if len(data.inputs) != 1 or not is_failing(outcome, training):
        return
    shape = tuple(axis for axis in data.inputs[0].shape if axis is not None)
    first = next((layer for layer in model.layers if layer.parameters and layer.kind != "BatchNormalization"), None)
    if first is None or not first.kind.startswith(LOCAL) or len(shape) not in (2, 3):
        return
    *rest, channels = shape
    if channels == 1 or channels in rest:
        return
    order = (*range(1, len(shape)), 0)
    yield Hit(
        message=f"Read as {(channels, *rest)} and transposed, not reshaped to {shape}, the same rows can be learned.",
        evidence={"shape": shape},
        where=data.inputs[0].name,
        confidence=0.25 if rate is not None and not rate.learns else 0.15,
        fix=fixes.transpose_inputs(order, reshape=(channels, *rest), names=names),
    )
