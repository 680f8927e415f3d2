"""KM405 probabilities under a loss that expects logits."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import CROSSENTROPY, pairs, severity_of
from keras_magic.facts import DataFacts, EnvironmentFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM405", "probabilities-as-logits", cause="from-logits", severity="error")
def probabilities_as_logits(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, environment: EnvironmentFacts | None = None
) -> Iterator[Hit]:
    """Softmax or sigmoid in the model and from_logits=True in the loss.

    Looks for:
        A last softmax or sigmoid with a cross-entropy that was given from_logits=True.
    Why:
        A loss with from_logits=True applies the activation by itself. Where it really is applied twice, the outputs differ by a
        factor of e at most: the loss can't fall far, and the gradients are small. Keras on TensorFlow reads the values before an
        activation that directly ends the model; there training is right, and only a warning is printed.
    Measured:
        The last activation and `from_logits`; whether Keras reads the values before the activation, in which case the finding is
        no error.
    Bad:
        keras.layers.Dense(10, activation="softmax"); keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    Good:
        keras.layers.Dense(10); keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    Fix:
        Leave out one of the two.
    Ignore when:
        Never; it costs nothing to put right.
    Sources:
        keras/src/backend/tensorflow/nn.py, _get_logits.
    """
    for pair in pairs(model, data):
        if pair.loss not in CROSSENTROPY or not pair.head.from_logits or pair.activation not in ("softmax", "sigmoid"):
            continue
        last = next((layer for layer in model.layers if layer.name == pair.head.name), None)
        direct = last is None or last.activation == pair.activation
        rescued = direct and (environment is None or environment.backend == "tensorflow")
        yield Hit(
            message=f"The model ends in {pair.activation} and {pair.loss} says from_logits=True: one of the two is too many"
            + (" (Keras on TensorFlow trains on the values before the activation, other backends would not)." if rescued else "."),
            evidence={"activation": pair.activation, "from_logits": True, "rescued_by_keras": rescued},
            where=pair.where,
            severity=severity_of(outcome, "warning" if rescued else "error"),
            level=Evidence.PLAUSIBLE if rescued else pair.level,
            fix=fixes.set_from_logits(False, loss=pair.loss, output=pair.output),
        )
