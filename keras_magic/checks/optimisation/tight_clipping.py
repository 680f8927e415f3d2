"""KM606 gradients that are clipped to next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from keras_magic import fixes
from keras_magic.assessment import about, finite, has_learned
from keras_magic.facts import ModelFacts, OptimizerFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

#: Optimizers to which the size of a gradient is nothing.
NORMALISING = ("adam", "rmsprop", "adagrad", "adadelta", "lion", "ftrl", "lamb", "muon")


@rule(
    "KM606",
    "tight-clipping",
    cause="optimizer",
    severity="error",
    explains=("epochs-too-few", "learning-rate-too-low"),
    headline="gradients are clipped to next to nothing",
)
def tight_clipping(
    training: TrainingFacts, model: ModelFacts, outcome: OutcomeFacts | None = None, *, factor: float = 20.0
) -> Iterator[Hit]:
    """Gradients that are clipped to next to nothing.

    Looks for:
        `clipnorm` or `global_clipnorm` far below the gradients that occur, with an optimizer whose steps are as large as its
        gradients (SGD, with or without momentum), in a network that has not learned.
    Why:
        Clipping is meant for the rare gradient that explodes. Where it takes hold in every step it divides the learning rate by the
        size of the gradient: steps of norm 0.001 × rate get nowhere.
    Measured:
        Largest gradient norm of a layer in each sampled step, before clipping; its median against the limit.
    Bad:
        keras.optimizers.SGD(0.1, global_clipnorm=0.001)
    Good:
        keras.optimizers.SGD(0.1, global_clipnorm=1.0)
    Fix:
        A limit at the upper end of the norms that occur, about 1.
    Ignore when:
        The learning rate was raised to suit.
    Sources:
        Pascanu, Mikolov and Bengio 2013 (arXiv 1211.5063), section 3.2: the threshold is some average norm of the gradients.
    """
    limit = _limit(model.optimizer)
    usual = max((median(norms) for layer in training.layers if (norms := finite(layer.gradient_norm))), default=0.0)
    if limit is None or has_learned(outcome) or usual < factor * limit[1]:
        return
    name, value = limit
    yield Hit(
        message=f"{name}={value:g} cuts gradients whose norm is {about(usual)} in an ordinary step: each step is "
        f"{about(usual / value)} times smaller than the learning rate means it to be.",
        evidence={name: value, "usual_norm": usual, "factor": usual / value},
        where="optimizer",
        level=Evidence.MEASURED if usual > 100 * value else Evidence.STRONG,
        fix=fixes.clip_gradients(norm=float(f"{2 * usual:.1g}")),
    )


def _limit(optimizer: OptimizerFacts | None) -> tuple[str, float] | None:
    """The limit of a norm that such an optimizer clips to."""
    if optimizer is None or any(word in optimizer.name.lower() for word in NORMALISING):
        return None
    return next(((k, v) for k, v in optimizer.clipping.items() if k != "clipvalue" and v > 0), None)
