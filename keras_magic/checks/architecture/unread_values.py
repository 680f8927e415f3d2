"""KM327 outputs that depend on the padding alone."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned, percent
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM327",
    "unread-values",
    cause="masking",
    severity="error",
    explains=(
        "capacity-too-small",
        "learning-rate-too-low",
        "epochs-too-few",
        "vanishing-gradient",
        "label-noise",
        "hidden-activation",
    ),
)
def unread_values(outcome: OutcomeFacts, model: ModelFacts, data: DataFacts | None = None, *, share: float = 0.95) -> Iterator[Hit]:
    """Padded rows of which the network reads the padding only.

    Looks for:
        Outputs that stay exactly as they are when all values of the rows but the padding are exchanged for those of other rows.
    Why:
        A mask the wrong way round, or a readout at a position that holds padding, hides the words or steps: nothing can be learned
        from them.
    Measured:
        Predictions of up to 64 rows, before and after the values that are not padding were permuted, position by position.
    Bad:
        attention(h, h, attention_mask=keras.ops.equal(ids, 0)[:, None, :])        # True: attend, so to the padding
    Good:
        attention(h, h, attention_mask=keras.ops.not_equal(ids, 0)[:, None, :])
    Fix:
        Turn the mask round, or read where the values are.
    Ignore when:
        The length of a row is all that the network is meant to see.
    Sources:
        keras.layers.MultiHeadAttention (attention_mask); Breiman 2001, Random Forests (permutation).
    """
    if outcome.unread is None or outcome.unread < share or has_learned(outcome):
        return
    padded = next((i.name for i in data.inputs if i.padding_side), "x") if data is not None else "x"
    attends = any(layer.kind.endswith("Attention") for layer in model.layers)
    yield Hit(
        message=f"The predictions of {percent(outcome.unread)} of the rows stay the same when all values of {padded} but the "
        "padding are exchanged for those of other rows: the network sees the padding only. "
        + ("In attention_mask, True means: attend here." if attends else "In a mask, True means: this step counts."),
        evidence={"unread": outcome.unread},
        where=padded,
        level=Evidence.CONTRADICTION,
        fix=_fix(attends),
    )


def _fix(attends: bool) -> Fix:
    if attends:
        return Fix(
            name="turn-mask",
            title="Let the attention mask be True at the values and False at the padding",
            code="mask = keras.ops.not_equal(ids, 0)[:, None, :]     # for attention_mask=mask",
        )
    return Fix(
        name="turn-mask",
        title="Let the mask be True at the values and False at the padding, and read where the values are",
        code="mask = keras.ops.not_equal(ids, 0)                    # for mask=mask",
    )
