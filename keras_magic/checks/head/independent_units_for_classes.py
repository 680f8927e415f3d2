"""KM408 independent units for classes that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.head._pairs import BINARY, CATEGORICAL, SPARSE, Pair, pairs
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM408", "independent-units-for-classes", cause="output-activation", severity="warning")
def independent_units_for_classes(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Sigmoid units, or a binary loss, for classes that exclude each other.

    Looks for:
        Several sigmoid units under a categorical loss; softmax or sigmoid units with one-hot rows under binary_crossentropy.
    Why:
        Each unit then answers "this class or not" by itself. It is learnable, but most of every row is "not", which slows
        learning, and accuracy that counts all columns looks high from the start.
    Measured:
        Last activation, loss and the form of the target.
    Bad:
        keras.layers.Dense(10, activation="sigmoid"); loss="sparse_categorical_crossentropy"
    Good:
        keras.layers.Dense(10, activation="softmax"); loss="sparse_categorical_crossentropy"
    Fix:
        Softmax with the categorical loss that fits the labels.
    Ignore when:
        The network learns well all the same (the check is silent then).
    Sources:
        StackOverflow 41327601, 45337371, 59278771.
    """
    if has_learned(outcome):
        return
    for pair in pairs(model, data):
        cause = _cause(pair)
        if cause is None:
            continue
        loss = "sparse_categorical_crossentropy" if pair.labels else "categorical_crossentropy"
        yield Hit(
            message=f"The {pair.classes or pair.units} classes exclude each other, but the head ({pair.describe()}) "
            f"under {pair.loss} treats them as independent: use softmax with {loss}.",
            evidence={"activation": pair.activation, "loss": pair.loss, "units": pair.units, "target": pair.target.form},
            where=pair.where,
            cause=cause,
            level=min(Evidence.STRONG, pair.level),
            fix=fixes.replace_head(activation="softmax", loss=loss, output=pair.output),
        )


def _cause(pair: Pair) -> str | None:
    exclusive = pair.target.form == "one-hot" or (pair.labels and pair.classes > 1)
    if not pair.units or pair.units < 2 or not exclusive or pair.head.from_logits:
        return None
    if pair.loss in CATEGORICAL | SPARSE and pair.activation in ("sigmoid", "hard_sigmoid"):
        return "output-activation"
    one_hot = pair.target.form == "one-hot" and pair.width == pair.units > 1
    if pair.loss in BINARY and one_hot and pair.activation in ("softmax", "sigmoid"):
        return "loss-mismatch"
    return None
