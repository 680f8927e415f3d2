"""KM404 logits under a loss that expects probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import CROSSENTROPY, Pair, pairs, severity_of, unfit_crossentropy
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM404", "missing-from-logits", cause="from-logits", severity="error", explains=("output-activation", "loss-mismatch"))
def missing_from_logits(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A head without activation under a cross-entropy that expects probabilities.

    Looks for:
        A linear last layer with a cross-entropy given by name, or with from_logits=False; also one that a model keeps for its own
        train step.
    Why:
        The loss clips the outputs to [0, 1] and takes their logarithm: outside that range the gradient is zero, so that rows
        whose output is negative or above 1 teach nothing.
    Measured:
        The last activation, read from the graph, and `from_logits` of the loss.
    Bad:
        keras.layers.Dense(1); model.compile("adam", "binary_crossentropy")
    Good:
        model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    Fix:
        from_logits=True, or sigmoid (softmax) on the last layer.
    Ignore when:
        A layer of your own turns the outputs into probabilities.
    Sources:
        keras.losses.BinaryCrossentropy, argument from_logits.
    """
    for pair in pairs(model, data):
        if pair.activation not in ("linear", "leaky_relu"):
            continue
        if pair.head.step_loss is not None:
            yield _in_own_step(pair, pair.head.step_loss, outcome)
        if pair.loss not in CROSSENTROPY or pair.head.from_logits is not False or unfit_crossentropy(pair):
            continue  # the loss is wrong altogether: see KM410
        ending, reached = _ending(pair.loss), _reached(outcome) if len(model.heads) == 1 else ""
        yield Hit(
            message=f"The last layer gives plain numbers (no activation), and {pair.loss} takes them for probabilities"
            f"{reached}. Say from_logits=True. Alternative: end the last layer in {ending} and leave the loss as it is.",
            evidence={"activation": pair.activation, "loss": pair.loss, "from_logits": False},
            where=pair.where,
            severity=severity_of(outcome),
            level=pair.level,
            fix=fixes.set_from_logits(True, loss=pair.loss, output=pair.output),
        )


def _in_own_step(pair: Pair, loss: str, outcome: OutcomeFacts | None) -> Hit:
    """The loss is an attribute of the model: what its train step does with it is likely, not certain."""
    return Hit(
        message=f"The last layer gives plain numbers (no activation), and the {loss} of your own train step was made without "
        f"from_logits=True: it takes them for probabilities{_reached(outcome)}.",
        evidence={"activation": pair.activation, "loss": loss, "from_logits": False},
        where=pair.where,
        severity=severity_of(outcome),
        level=Evidence.MEASURED,
        fix=fixes.replace_head(activation=_ending(loss), output=pair.output),
    )


def _ending(loss: str) -> str:
    """The activation that gives the probabilities of a cross-entropy."""
    return "sigmoid" if "binary" in loss else "softmax"


def _reached(outcome: OutcomeFacts | None) -> str:
    if outcome is None or outcome.prediction_range is None:
        return ""
    low, high = outcome.prediction_range
    return f"; after training they run from {low:.3g} to {high:.3g}" if low < 0 or high > 1 else ""
