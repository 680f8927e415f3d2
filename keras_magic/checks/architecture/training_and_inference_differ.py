"""KM309 a network that predicts otherwise than it trains."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import curve, few_updates
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

_ACCURACY = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy")


@rule(
    "KM309",
    "training-and-inference-differ",
    cause="batchnorm",
    severity="error",
    explains=("distribution-shift", "epochs-too-many", "capacity-too-large"),
    headline="it predicts far worse than it trains",
)
def training_and_inference_differ(
    model: ModelFacts, training: TrainingFacts, outcome: OutcomeFacts, data: DataFacts | None = None, *, gap: float = 0.15
) -> Iterator[Hit]:
    """Much worse predictions on the training rows than during training.

    Looks for:
        An accuracy (or R²) on training rows, measured as predictions, that is far below what training reported for the same
        rows, in a network with BatchNormalization.
    Why:
        BatchNormalization uses the batch in training and moving averages in prediction. Where the averages lag behind (momentum
        near 1, few steps) or the batches are tiny, the trained network and the predicting one are two different functions.
    Measured:
        Reported accuracy of the last epoch (for a squared error: 1 - loss / variance of the target) against that of predictions
        on a sample of the training rows.
    Bad:
        keras.layers.BatchNormalization(momentum=0.999)   # and 300 steps of training
    Good:
        keras.layers.BatchNormalization(momentum=0.9)
    Fix:
        A smaller momentum, longer training, larger batches, or LayerNormalization.
    Ignore when:
        The training data is augmented heavily on the way. The check is silent where a few epochs made fewer updates than moving
        averages of the default momentum need: then the training was too short (KM703).
    Sources:
        Ioffe and Szegedy 2015 (arXiv 1502.03167), section 3.1; Braiek and Khomh 2022, TheDeepChecker (TOSEM 32:3).
    """
    layers = [layer.name for layer in model.layers if layer.kind == "BatchNormalization"]
    compared = _accuracies(training, outcome) or _explained_variances(model, training, outcome, data)
    if not layers or compared is None or training.epochs_done < 1 or few_updates(training):
        return
    measure, reported, predicted = compared
    if reported - predicted < gap:
        return
    yield Hit(
        message=f"Training reports {measure} of {reported:.2f}, but predictions on the same rows reach {predicted:.2f}: the "
        f"moving averages of BatchNormalization ({layers[0]}{', ...' if len(layers) > 1 else ''}) do not fit the data yet.",
        evidence={"reported": reported, "predicted": predicted, "layers": layers},
        where=layers[0],
        level=Evidence.STRONG if reported - predicted > 0.25 else Evidence.PLAUSIBLE,
        fix=fixes.fix_batchnorm(),
    )


def _accuracies(training: TrainingFacts, outcome: OutcomeFacts) -> tuple[str, float, float] | None:
    reported = next((training.history[k][-1] for k in _ACCURACY if training.history.get(k)), None)
    predicted = outcome.accuracy.get("train")
    return None if reported is None or predicted is None else ("an accuracy", reported, predicted)


def _explained_variances(
    model: ModelFacts, training: TrainingFacts, outcome: OutcomeFacts, data: DataFacts | None
) -> tuple[str, float, float] | None:
    """The same for a squared error on one column of numbers: what its last value says of R²."""
    losses, targets = curve(training, "loss"), data.targets if data else ()
    single = len(model.heads) == len(targets) == 1 and model.heads[0].loss == "mean_squared_error"
    if not single or not losses or outcome.task != "regression" or outcome.train is None:
        return None
    spread = targets[0].std if targets[0].shape in ((), (1,)) else None
    return ("an R²", 1 - losses[-1] / spread**2, outcome.train) if spread else None
