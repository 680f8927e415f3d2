"""KM402 wrong number of output units."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number
from keras_magic.checks.head._pairs import BINARY, CATEGORICAL, MANY, REGRESSION, SPARSE, Pair, pairs, proper_head, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM402", "wrong-output-units", cause="output-units", severity="error", explains=("loss-mismatch",))
def wrong_output_units(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """The number of output units does not fit the target.

    Looks for:
        Fewer units than classes; one unit for more than two classes; as many outputs as the target has not columns.
    Why:
        A class without a unit can't be predicted, and its rows pull the others astray. Where only the number of columns differs,
        some losses broadcast: every output is then trained on every column, without an error message.
    Measured:
        Units of the head against the distinct labels, the largest label or the columns of the target.
    Bad:
        keras.layers.Dense(1, activation="sigmoid")    # for classes 0, 1, 2
    Good:
        keras.layers.Dense(3, activation="softmax")    # with sparse_categorical_crossentropy
    Fix:
        One unit per class, or one per column of a numeric target.
    Ignore when:
        A loss of your own uses the outputs in another way (the check is silent for those).
    Sources:
        keras.losses.SparseCategoricalCrossentropy; StackOverflow 50079585, 48385830.
    """
    for pair in pairs(model, data):
        problem = _problem(pair)
        if problem is None:
            continue
        units, activation, loss = proper_head(pair)
        if activation == "linear" and pair.loss in REGRESSION:
            activation, loss = pair.activation or "linear", pair.loss
        yield Hit(
            message=problem,
            evidence={"units": pair.units, "classes": pair.classes, "target_shape": pair.target.shape, "loss": pair.loss},
            where=pair.where,
            severity=severity_of(outcome),
            level=pair.level,
            fix=fixes.replace_head(units=units, activation=activation, loss=loss, output=pair.output),
        )
        if pair.loss in BINARY and pair.labels and pair.classes > 2:  # more units alone would not do
            yield Hit(
                message=f"{pair.loss} separates two classes; {pair.classes} classes go with {loss}.",
                evidence={"loss": pair.loss, "classes": pair.classes},
                where=pair.where,
                cause="loss-mismatch",
                severity=severity_of(outcome),
                level=min(Evidence.MEASURED, pair.level),
                fix=fixes.replace_head(units=units, activation=activation, loss=loss, output=pair.output),
            )


def _problem(pair: Pair) -> str | None:
    units, target, loss = pair.units, pair.target, pair.loss
    if units is None or (pair.head.shape and None in pair.head.shape[-1:]) or target.form == "strings":
        return None
    if loss in SPARSE and pair.labels and 1 < units < pair.classes:
        return f"{units} output units for {pair.classes} classes: one unit per class is needed."
    if loss in BINARY | CATEGORICAL | SPARSE and units == 1 and pair.labels and pair.classes > 2:
        reach = f"labels {number(target.min)} to {number(target.max)}"
        return f"One output unit separates two classes; there are {pair.classes} ({reach})."
    same_rank = not pair.head.shape or len(pair.head.shape) == max(1, len(target.shape))
    if loss in BINARY | CATEGORICAL | REGRESSION and not pair.scalar and same_rank and pair.width != units:
        return f"The output has {counted(units, 'column')}, the target {pair.width}."
    numeric = target.form == "continuous" or (target.form == "integer" and len(target.classes) > MANY)
    if loss in REGRESSION and pair.scalar and units > 1 and numeric and len(pair.head.shape) <= 1:
        return f"The output has {units} columns, the target is one number per row: every column is trained on the same number."
    return None
