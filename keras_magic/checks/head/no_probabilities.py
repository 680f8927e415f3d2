"""KM406 a cross-entropy on an activation that gives no probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import BINARY, CROSSENTROPY, pairs, severity_of, unfit_crossentropy
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

_UNBOUNDED = ("relu", "relu6", "softplus", "elu", "selu", "gelu", "silu", "exponential", "mish", "tanh", "softsign", "hard_tanh")


@rule("KM406", "no-probabilities", cause="output-activation", severity="error", explains=("loss-mismatch", "dead-relu"))
def no_probabilities(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A cross-entropy on outputs that are no probabilities: ReLU, tanh and the like.

    Looks for:
        A last activation other than softmax and sigmoid under a cross-entropy (as probabilities or as logits).
    Why:
        A cross-entropy takes the logarithm of a probability. ReLU gives exact zeros, whose gradient is zero as well, and tanh
        gives negative values: the loss is clipped, stands still or becomes NaN. As logits, they can't say "unlikely".
    Measured:
        The last activation, read from the graph, and the loss.
    Bad:
        keras.layers.Dense(10, activation="relu"); loss="sparse_categorical_crossentropy"
    Good:
        keras.layers.Dense(10, activation="softmax"); loss="sparse_categorical_crossentropy"
    Fix:
        Softmax for exclusive classes, sigmoid for two classes or independent labels.
    Ignore when:
        Never.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.2.2; StackOverflow 47352366, 44066044.
    """
    for pair in pairs(model, data):
        if pair.loss not in CROSSENTROPY or pair.activation not in _UNBOUNDED or unfit_crossentropy(pair):
            continue
        wanted = "sigmoid" if pair.loss in BINARY else "softmax"
        low, high = pair.head.range
        reach = f"{'-∞' if low is None else f'{low:g}'} to {'∞' if high is None else f'{high:g}'}"
        kind = "logits, which run from -∞ to ∞" if pair.head.from_logits else "probabilities between 0 and 1"
        yield Hit(
            message=f"The last activation is {pair.activation} (values {reach}), but {pair.loss} needs {kind}: use {wanted}.",
            evidence={"activation": pair.activation, "loss": pair.loss, "from_logits": pair.head.from_logits},
            where=pair.where,
            severity=severity_of(outcome),
            level=min(pair.level, Evidence.STRONG if pair.head.from_logits else Evidence.CONTRADICTION),
            fix=fixes.replace_head(activation="linear" if pair.head.from_logits else wanted, output=pair.output),
        )
