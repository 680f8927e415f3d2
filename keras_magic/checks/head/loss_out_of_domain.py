"""KM412 a loss outside the values it is made for."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import number
from keras_magic.checks.head._pairs import HINGE, Pair, pairs, proper_head, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

_POSITIVE = ("exponential", "softplus", "relu", "sigmoid", "softmax", "relu6", "squareplus")


@rule("KM412", "loss-out-of-domain", cause="loss-mismatch", severity="error", explains=("exploding-gradient",))
def loss_out_of_domain(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A loss on values that it is not made for.

    Looks for:
        Logarithmic error, Poisson and Kullback-Leibler losses with negative targets or outputs; percentage error with zeros in
        the target; hinge losses on several classes or on an output that can't be negative.
    Why:
        Logarithms of negative numbers are NaN or clipped to a constant without gradient, a division by zero makes a few rows
        weigh millions of times more than all others, and a margin of -1 is out of reach for an output above 0.
    Measured:
        Smallest target, share of zeros by its quantiles, and range of the last activation, against the domain of the loss.
    Bad:
        keras.layers.Dense(1); loss="poisson"                               # counts
    Good:
        keras.layers.Dense(1, activation="exponential"); loss="poisson"     # counts
    Fix:
        A positive last activation, or a loss for the values at hand.
    Ignore when:
        Never for the losses of Keras.
    Sources:
        keras.losses.Poisson, MeanSquaredLogarithmicError, MeanAbsolutePercentageError, Hinge.
    """
    for pair in pairs(model, data):
        problem = _problem(pair)
        if problem is None:
            continue
        message, level, cause, fix = problem
        yield Hit(
            message=message,
            evidence={"loss": pair.loss, "activation": pair.activation, "target_min": pair.target.min, "form": pair.target.form},
            where=pair.where,
            cause=cause,
            severity=severity_of(outcome, "error" if level > Evidence.PLAUSIBLE else "warning"),
            level=min(level, pair.level),
            fix=fix,
        )


def _problem(pair: Pair) -> tuple[str, Evidence, str, Fix] | None:
    low = pair.target.min if pair.target.min is not None else 0.0
    squared = fixes.replace_loss("mean_squared_error", output=pair.output)
    if pair.loss in ("mean_squared_logarithmic_error", "poisson") and low < 0:
        return (
            f"{pair.loss} is for targets of 0 and above; the smallest is {number(low)}.",
            Evidence.CONTRADICTION,
            "loss-mismatch",
            squared,
        )
    if pair.loss == "mean_absolute_percentage_error" and _zeros(pair):
        text = "mean_absolute_percentage_error divides by the target, and some targets are 0: those rows dominate all others."
        return text, Evidence.MEASURED, "loss-mismatch", squared
    signed = pair.activation is not None and pair.activation not in _POSITIVE
    if pair.loss in ("poisson", "kl_divergence") and signed:
        wanted = "exponential" if pair.loss == "poisson" else "softmax"
        fix = fixes.replace_head(activation=wanted, output=pair.output)
        text = f"{pair.loss} takes the logarithm of the output, and the last activation ({pair.activation}) can be negative."
        return text, Evidence.MEASURED, "output-activation", fix
    if pair.loss in HINGE:
        return _hinge(pair)
    return None


def _zeros(pair: Pair) -> bool:
    values = [pair.target.min, *pair.target.quantiles.values()]
    return any(v is not None and abs(v) < 1e-6 for v in values)


def _hinge(pair: Pair) -> tuple[str, Evidence, str, Fix] | None:
    units, activation, loss = proper_head(pair)
    if pair.labels and pair.classes > 2 and pair.units == 1:
        fix = fixes.replace_head(units=units, activation=activation, loss=loss, output=pair.output)
        return f"{pair.loss} separates two classes; the labels have {pair.classes}.", Evidence.CONTRADICTION, "loss-mismatch", fix
    if pair.activation in ("sigmoid", "softmax", "relu"):
        fix = fixes.replace_head(activation="linear", output=pair.output)
        text = f"{pair.loss} wants outputs from -1 to 1, and {pair.activation} gives none below 0."
        return text, Evidence.PLAUSIBLE, "output-activation", fix
    return None
