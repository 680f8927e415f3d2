"""KM325 time and channels swapped."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, is_failing
from keras_magic.checks.architecture.reshaped_axes import LOCAL
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM325", "swapped-axes", cause="input-shape", severity="warning")
def swapped_axes(
    data: DataFacts,
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    smooth: float = 0.6,
    rough: float = 0.3,
) -> Iterator[Hit]:
    """Time steps on the axis of the channels.

    Looks for:
        Sequences for a convolution or a recurrent layer whose values are continuous along the last axis and not along the first.
    Why:
        Keras reads rows of sequences as (time, features). Given (features, time), a recurrent layer steps from sensor to sensor and
        takes the time steps for features; a convolution looks for patterns across neighbouring sensors.
    Measured:
        The correlation of neighbours along each of the two axes, the level of each place and of each row removed; the last axis is
        the longer one. A paired trial with the axes swapped decides.
    Bad:
        x.shape == (rows, 6, 128)   # 6 sensors, 128 time steps
    Good:
        x = x.transpose(0, 2, 1)    # (rows, 128, 6)
    Fix:
        Transpose the inputs.
    Ignore when:
        The last axis is a spectrum or another ordered scale and the rows are not ordered in time (nothing is said of a network that
        has learned).
    Sources:
        keras.layers.LSTM, keras.layers.Conv1D (shape of the inputs); Box and Jenkins 1970, Time Series Analysis (autocorrelation).
    """
    first = next((layer for layer in model.layers if layer.parameters and layer.kind != "BatchNormalization"), None)
    if has_learned(outcome) or first is None or not first.kind.startswith(LOCAL) or len(data.inputs) != 1:
        return
    fact = data.inputs[0]
    found, shape = fact.continuity, fact.shape
    if (
        found is None
        or fact.role != "sequence"
        or not isinstance(shape[0], int)
        or not isinstance(shape[1], int)
        or shape[1] <= shape[0]
    ):
        return
    if found.get("swapped", 0.0) < smooth or found["given"] > rough:
        return
    yield Hit(
        message=f"Neighbours along the last axis of {fact.name} have a correlation of {found['swapped']:.2f}, along the first "
        f"{found['given']:.2f}: rows of {shape} seem to hold {shape[1]} time steps of {shape[0]} features, and Keras reads "
        f"{shape[0]} time steps of {shape[1]} features.",
        evidence={"shape": shape, "given": found["given"], "swapped": found["swapped"]},
        where=fact.name,
        level=Evidence.STRONG if is_failing(outcome, training) else Evidence.PLAUSIBLE,
        fix=fixes.transpose_inputs((1, 0)),
    )
