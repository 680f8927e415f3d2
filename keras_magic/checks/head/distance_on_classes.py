"""KM411 a regression loss on classes."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.head._pairs import REGRESSION, Pair, pairs, proper_head, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM411", "distance-on-classes", cause="loss-mismatch", severity="warning")
def distance_on_classes(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A regression loss (squared or absolute error) on class labels.

    Looks for:
        mean_squared_error and its kin with labels 0/1, one-hot rows, class numbers under one unit per class, or numbers of several
        classes under a single unit in a model that reports accuracy.
    Why:
        Behind sigmoid and softmax a squared error has almost no gradient where the answer is confidently wrong, so learning
        stalls at the start; an absolute error is content with the majority class. Class numbers against one unit per class
        are broadcast: every unit is trained to output the class number.
    Measured:
        Loss, last activation and form of the target.
    Bad:
        keras.layers.Dense(10, activation="softmax"); loss="mse"
    Good:
        keras.layers.Dense(10, activation="softmax"); loss="sparse_categorical_crossentropy"
    Fix:
        The cross-entropy that fits the labels.
    Ignore when:
        The network learns well all the same: the check is then silent, but for class numbers under several units.
    Sources:
        Glorot and Bengio 2010 (AISTATS 9), section 4.1; StackOverflow 39217567, 31556268, 45442843.
    """
    for pair in pairs(model, data):
        if pair.loss not in REGRESSION or pair.target.equals_input or pair.target.form == "strings":
            continue
        broadcast = pair.labels and (pair.units or 0) > 1 and pair.scalar and len(pair.head.shape) <= 1 and pair.classes > 1
        numbered = _numbered(pair, outcome)
        level = Evidence.CONTRADICTION if broadcast else Evidence.HINT if numbered else _level(pair)
        if level is None or (has_learned(outcome) and not broadcast):
            continue
        units, activation, loss = proper_head(pair)
        if broadcast and (pair.units or 0) >= units:
            units, activation, loss = pair.units or units, "softmax", "sparse_categorical_crossentropy"
        reason = "every unit is trained to output the class number" if broadcast else f"{loss} learns classes faster and surer"
        if numbered:
            reason = f"it takes class 1 for a value between 0 and 2; {loss} takes {pair.classes} classes as they are"
        yield Hit(
            message=f"{pair.loss} on {pair.target.form} class labels, with {pair.describe()}: {reason}.",
            evidence={"loss": pair.loss, "activation": pair.activation, "units": pair.units, "form": pair.target.form},
            where=pair.where,
            cause="output-activation" if pair.activation in ("relu", "elu", "softplus") and not broadcast else None,
            severity=severity_of(outcome, "error" if broadcast else "warning"),
            level=min(level, pair.level),
            fix=fixes.replace_head(units=units, activation=activation, loss=loss, output=pair.output),
        )


def _numbered(pair: Pair, outcome: OutcomeFacts | None) -> bool:
    """Numbers of several classes under a single unit, in a model whose accuracy is asked for: classes are meant, not quantities."""
    meant = outcome is not None and outcome.task == "multiclass"
    return meant and pair.labels and pair.target.form == "integer" and pair.units == 1 and pair.classes > 2


def _level(pair: Pair) -> Evidence | None:
    """How surely the loss is at fault, None when the target is no class."""
    if pair.target.form not in ("binary", "one-hot", "multi-hot") or pair.units != pair.width:
        return None
    if pair.activation == "softmax" and pair.units == 1:
        return Evidence.PLAUSIBLE
    absolute = pair.loss in ("mean_absolute_error", "mean_absolute_percentage_error")
    return Evidence.PLAUSIBLE if absolute or pair.activation in ("relu", "softmax", "sigmoid") else Evidence.HINT
