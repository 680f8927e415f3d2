"""KM390 axes reshaped where a transpose was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_magic import fixes
from keras_magic.assessment import is_failing
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, RateFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

LOCAL = ("Conv", "SeparableConv", "DepthwiseConv", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "ConvLSTM")


@rule("KM390", "reshaped-axes", cause="input-shape", severity="warning")
def reshaped_axes(
    data: DataFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    rate: RateFacts | None = None,
    *,
    smooth: float = 0.3,
    rougher: float = 1.5,
) -> Iterator[Hit]:
    """Axes that were reshaped where a transpose was meant.

    Looks for:
        Sequences or images that only make sense once their values are read in another axis order.
    Why:
        `reshape` keeps the values in their order in memory: channels-first data reshaped to channels-last mixes time steps and
        channels, so that neighbours in the array are no neighbours in the world, and a convolution or a recurrent layer sees noise.
    Measured:
        The correlation of neighbouring places as the axes are, and with the same values read as channels first: time steps and
        pixels mostly resemble the next one. Where the values follow each other across the seam between two places, from the last
        channel to the first, they were cut, not transposed: in images, the last colour of a pixel resembles the first colour of the
        next one less than their same colours resemble each other. A paired trial with the transposed rows decides.
    Bad:
        x = x.reshape(len(x), 40, 5)  # from (rows, 5 channels, 40 steps)
    Good:
        x = x.transpose(0, 2, 1)
    Fix:
        Transpose in place of the reshape: x.reshape(rows, channels, height, width).transpose(0, 2, 3, 1) for values in planes.
    Ignore when:
        You know the axis order to be right.
    Sources:
        NumPy documentation: reshape and transpose; Krizhevsky 2009 (CIFAR-10: all red values of an image, then the green ones);
        Box and Jenkins 1970, Time Series Analysis (autocorrelation).
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
    found = data.inputs[0].continuity
    order = (*range(1, len(shape)), 0)
    fix = fixes.transpose_inputs(order, reshape=(channels, *rest))
    if (
        found is None or max(found["given"], found.get("seam", 0.0)) < smooth
    ):  # nothing follows on anything: only a trial can decide
        message = f"If the rows were reshaped from {(channels, *rest)} to {shape}, a transpose is what they need."
        yield Hit(message=message, evidence={"shape": shape}, where=data.inputs[0].name, level=Evidence.HINT, fix=fix)
    elif (planes := _planes_cut(shape, found)) or _rows_cut(found, rougher):
        yield Hit(
            message=f"Values that are neighbours in memory have a correlation of {found['seam']:.2f} even where {shape} makes them "
            f"different channels of different positions; neighbouring positions have one of {found['given']:.2f}: the rows were "
            f"reshaped from {(channels, *rest)} where a transpose was meant.",
            evidence={"shape": shape, **found},
            where=data.inputs[0].name,
            severity="error" if planes else None,
            level=Evidence.MEASURED if planes else Evidence.STRONG,
            fix=fix,
        )


def _rows_cut(found: Mapping[str, float], rougher: float) -> bool:
    return min(found.get("seam", 0.0), found.get("reread", 0.0)) > 1 - (1 - found["given"]) / rougher


def _planes_cut(shape: tuple[int, ...], found: Mapping[str, float], margin: float = 0.05) -> bool:
    """Images only, and also noisy ones: rows of numbers may be cut into steps on purpose."""
    nearer = found.get("seam", 0.0) - found.get("beside", 1.0)
    return len(shape) == 3 and nearer > margin and found.get("reread", 0.0) > 0.9 * found["given"]
