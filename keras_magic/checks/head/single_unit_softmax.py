"""KM401 single-unit softmax."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import pairs, proper_head, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM401", "single-unit-softmax", cause="output-activation", severity="error")
def single_unit_softmax(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Softmax on a single unit: the output is always 1.

    Looks for:
        A last softmax that runs over one unit.
    Why:
        Softmax makes the values of a row sum to 1. With one value that value is 1, whatever the input: no prediction ever
        changes, and accuracy stays at the share of class 1.
    Measured:
        The last activation and the last axis of the output, read from the graph.
    Bad:
        keras.layers.Dense(1, activation="softmax")
    Good:
        keras.layers.Dense(1, activation="sigmoid")   # two classes; a regression takes no activation
    Fix:
        Sigmoid for two classes, softmax over one unit per class for more, no activation for a quantity.
    Ignore when:
        Never.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.2.2; StackOverflow 42800203, 31880720.
    """
    for pair in pairs(model, data):
        if pair.activation != "softmax" or pair.units != 1:
            continue
        units, activation, loss = proper_head(pair)
        yield Hit(
            message=f"The last layer has one unit with softmax: its output is 1.0 for every row. The target is {pair.target.form} "
            f"and wants {counted(units, 'unit')} with {activation}.",
            evidence={"units": 1, "activation": "softmax", "target": pair.target.form, "loss": pair.loss},
            where=pair.where,
            severity=severity_of(outcome),
            level=pair.level,
            fix=fixes.replace_head(units=units, activation=activation, loss=loss, output=pair.output),
        )
