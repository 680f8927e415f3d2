"""KM410 a cross-entropy on targets that are no classes."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import CROSSENTROPY, pairs, proper_head, severity_of, unfit_crossentropy
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule
from keras_magic.words import either


@rule("KM410", "unfit-crossentropy", cause="loss-mismatch", severity="error", explains=("target-not-scaled", "output-activation"))
def crossentropy_on_numbers(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A cross-entropy that can't work with these targets or this head.

    Looks for:
        A cross-entropy on quantities (values outside 0..1, fractions for class numbers); a categorical loss on one unit; a
        binary loss on several units with one whole number per row.
    Why:
        A cross-entropy compares probabilities. On quantities it falls below zero without end or has no minimum; a categorical
        loss on one unit is always zero.
    Measured:
        Form and range of the target, units, loss.
    Bad:
        keras.layers.Dense(1); loss="binary_crossentropy"    # prices
    Good:
        keras.layers.Dense(1); loss="mean_squared_error"     # prices, scaled
    Fix:
        The loss (and head) for the kind of target.
    Ignore when:
        Never for the losses of Keras.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.2.1; StackOverflow 46642627, 58609115.
    """
    for pair in pairs(model, data):
        problem = unfit_crossentropy(pair) if pair.loss in CROSSENTROPY and pair.target.form != "strings" else None
        if problem is None:
            continue
        units, activation, loss = proper_head(pair)
        yield Hit(
            message=f"{problem} The target is {pair.target.form} and goes with {loss} on {units} "
            f"{activation} {either(units, 'unit', 'units')}.",
            evidence={"loss": pair.loss, "units": pair.units, "form": pair.target.form, "max": pair.target.max},
            where=pair.where,
            severity=severity_of(outcome),
            level=pair.level,
            fix=fixes.replace_head(units=units, activation=activation, loss=loss, output=pair.output),
        )
