"""KM309 a network that predicts otherwise than it trains."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule

_ACCURACY = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy")


@rule("KM309", "training-and-inference-differ", cause="batchnorm", severity="error", explains=("distribution-shift",))
def training_and_inference_differ(
    model: ModelFacts, training: TrainingFacts, outcome: OutcomeFacts, names: dict | None = None, *, gap: float = 0.15
) -> Iterator[Hit]:
    """Much worse predictions on the training rows than during training.

    Looks for:
        An accuracy on training rows, measured as predictions, that is far below the accuracy that training reported for the same
        rows, in a network with BatchNormalization.
    Why:
        BatchNormalization uses the batch in training and moving averages in prediction. Where the averages lag behind (momentum
        near 1, few steps) or the batches are tiny, the trained network and the predicting one are two different functions.
    Measured:
        Reported accuracy of the last epoch against accuracy of predictions on a sample of the training rows.
    Bad:
        keras.layers.BatchNormalization(momentum=0.999)   # and 300 steps of training
    Good:
        keras.layers.BatchNormalization(momentum=0.9)
    Fix:
        A smaller momentum, longer training, larger batches, or LayerNormalization.
    Ignore when:
        The training data is augmented heavily on the way.
    Sources:
        Ioffe and Szegedy 2015 (arXiv 1502.03167), section 3.1; Braiek and Khomh 2022, TheDeepChecker (TOSEM 32:3).
    """
    layers = [layer.name for layer in model.layers if layer.kind == "BatchNormalization"]
    reported = next((training.history[k][-1] for k in _ACCURACY if training.history.get(k)), None)
    predicted = outcome.accuracy.get("train")
    if not layers or reported is None or predicted is None or reported - predicted < gap or training.epochs_done < 1:
        return
    yield Hit(
        message=f"Training reports an accuracy of {reported:.2f}, but predictions on the same rows reach {predicted:.2f}: the "
        f"moving averages of BatchNormalization ({layers[0]}{', ...' if len(layers) > 1 else ''}) do not fit the data yet.",
        evidence={"reported": reported, "predicted": predicted, "layers": layers},
        where=layers[0],
        confidence=min(0.9, 0.55 + (reported - predicted)),
        fix=fixes.fix_batchnorm(names=names),
    )
