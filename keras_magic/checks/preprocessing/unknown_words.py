"""KM219 values that a lookup layer does not know."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import severity_of
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule(
    "KM219",
    "unknown-words",
    cause="preprocessing-mismatch",
    severity="error",
    explains=("capacity-too-small", "learning-rate-too-low", "epochs-too-few"),
    headline="a lookup layer does not know the values",
)
def unknown_words(
    data: DataFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None, *, share: float = 0.3
) -> Iterator[Hit]:
    """Values outside of the vocabulary of a lookup layer.

    Looks for:
        A StringLookup or IntegerLookup to whose vocabulary a large part of the data does not belong.
    Why:
        All unknown values get one index: the network cannot tell them apart. It happens with another spelling (upper case, blanks),
        with a vocabulary made from another column, or with data that was encoded before.
    Measured:
        The share of sampled values that the layer's vocabulary does not hold, with an example.
    Bad:
        keras.layers.StringLookup(vocabulary=["rome", "oslo"])      # the data says "Rome", "Oslo"
    Good:
        lookup = keras.layers.StringLookup(); lookup.adapt(x_train["city"])
    Fix:
        adapt() the layer on the very column that goes in.
    Ignore when:
        Only a few frequent values matter.
    Sources:
        keras.layers.StringLookup (num_oov_indices, adapt).
    """
    for layer, found in (data.unknown_values or {}).items():
        if found["share"] < share:
            continue
        yield Hit(
            message=f"{percent(found['share'])} of the values of {found['input']} are not in the vocabulary of {layer} "
            f"({found['size']} values), such as {found['example']!r}: they all get the same index.",
            evidence=dict(found),
            where=layer,
            severity=severity_of(outcome, training).replace("warning", "error"),
            level=Evidence.CONTRADICTION if found["share"] > 0.9 else Evidence.STRONG,
            fix=Fix(
                name="adapt-lookup",
                title=f"Adapt {layer} on the column that goes in",
                code=code(f"{YOUR.model}.get_layer({layer!r}).adapt(values_of_{found['input']})   # as fit gets them"),
            ),
        )
