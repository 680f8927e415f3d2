"""KM407 softmax on labels that do not exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import pairs, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM407", "softmax-on-multi-label", cause="output-activation", severity="error", explains=("loss-mismatch",))
def softmax_on_multi_label(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Softmax where several labels can be true at once.

    Looks for:
        A last softmax (or a categorical cross-entropy on logits) with target rows that hold several ones, or none.
    Why:
        Softmax makes the outputs of a row compete and sum to 1: two labels can get 0.5 each at best, and no label at all can't
        be said.
    Measured:
        Row sums of the target and the last activation.
    Bad:
        keras.layers.Dense(5, activation="softmax")   # tags
    Good:
        keras.layers.Dense(5, activation="sigmoid"); loss="binary_crossentropy"
    Fix:
        Sigmoid units with binary_crossentropy.
    Ignore when:
        The target is a distribution that merely has not been divided by its sum.
    Sources:
        keras.losses.BinaryCrossentropy; StackOverflow 38648195.
    """
    for pair in pairs(model, data):
        logits = bool(pair.head.from_logits) and "categorical" in (pair.loss or "")
        if pair.target.form != "multi-hot" or pair.loss == "custom" or not (pair.activation == "softmax" or logits):
            continue
        if not pair.units or pair.units < 2 or pair.width != pair.units:
            continue
        fix = fixes.replace_head(activation="sigmoid", loss="binary_crossentropy", output=pair.output)
        yield Hit(
            message=f"A row of the target can have several of its {pair.units} labels (or none), but softmax makes them compete "
            "for a sum of 1: use sigmoid with binary_crossentropy.",
            evidence={"activation": pair.activation, "loss": pair.loss, "units": pair.units, "target": "multi-hot"},
            where=pair.where,
            severity=severity_of(outcome),
            level=pair.level,
            fix=fix,
        )
        if pair.activation == "softmax" and "categorical" in (pair.loss or ""):
            yield Hit(
                message=f"{pair.loss} looks for one right class in a row of the target, which has several labels: after sigmoid "
                "units binary_crossentropy judges each of them by itself.",
                evidence={"loss": pair.loss, "target": "multi-hot"},
                where=pair.where,
                cause="loss-mismatch",
                severity=severity_of(outcome),
                level=min(Evidence.MEASURED, pair.level),
                fix=fix,
            )
