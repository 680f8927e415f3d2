"""KM328 outputs that follow the values which they are to predict."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.facts import DataFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM328",
    "seen-targets",
    cause="data-leakage",
    severity="error",
    headline="the network sees the values that it is to predict",
)
def seen_targets(outcome: OutcomeFacts, data: DataFacts | None = None, *, share: float = 0.9) -> Iterator[Hit]:
    """Outputs that follow the values which they are to predict.

    Looks for:
        Sequences in which the target of each step is the next value of the row, and a network whose outputs follow later values.
    Why:
        The network can copy the next value. Its score says nothing about generating or forecasting, where later values do not
        exist.
    Measured:
        Predictions of up to 64 rows, before and after the second half of each row was exchanged for that of another row: outputs of
        the first half must stay as they are.
    Bad:
        attention(h, h)                                              # y = x shifted by one step
    Good:
        attention(h, h, use_causal_mask=True)
    Fix:
        A causal mask, Conv1D with padding="causal", recurrent layers in one direction.
    Ignore when:
        The network is to fill gaps and the later values are there when it is used.
    Sources:
        Vaswani et al. 2017, Attention Is All You Need, section 3.2.3 (masked decoder); van den Oord et al. 2016, WaveNet,
        section 2.1; keras.layers.MultiHeadAttention (use_causal_mask); Breiman 2001, Random Forests (permutation).
    """
    found = outcome.ahead
    if found is None or found["share"] < share:
        return
    name = data.inputs[int(found["input"])].name if data is not None and data.inputs else "x"
    steps = int(found["steps"])
    yield Hit(
        message=f"The target of each step is the value of {name} one step later. In {percent(found['share'])} of the rows the "
        f"outputs of the first {steps // 2} of {steps} steps change when later values are exchanged: the network sees what it "
        "is to predict.",
        evidence=dict(found),
        where=name,
        level=Evidence.CONTRADICTION,
        fix=_fix(),
    )


def _fix() -> Fix:
    return Fix(
        name="causal",
        title="Let each step see itself and earlier steps only",
        code="h = attention(h, h, use_causal_mask=True)     # a mask of your own: keras.ops.tril(keras.ops.ones((steps, steps)))\n"
        'h = keras.layers.Conv1D(filters, 3, padding="causal")(h)   # recurrent layers without Bidirectional',
    )
