"""KM802 network too small."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import attainable_of, curve, hardly_trained, has_learned, score, skill_text, tail_slope
from keras_magic.facts import ModelFacts, OutcomeFacts, RateFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM802", "underfitting", cause="capacity-too-small", severity="warning")
def underfitting(
    model: ModelFacts, training: TrainingFacts, outcome: OutcomeFacts, rate: RateFacts | None = None, *, narrow: int = 8
) -> Iterator[Hit]:
    """A network that is too small for the task.

    Looks for:
        A training loss that has gone flat at a level which is poor on the training rows themselves, in a network with few
        or no hidden units.
    Why:
        The network cannot express the relation between x and y, however long it trains.
    Measured:
        Skill on training rows, slope at the end, hidden units; simple models do better on the same rows. A paired trial with a
        wider network decides.
    Bad:
        keras.Sequential([keras.Input((20,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dense(10)])
    Good:
        keras.Sequential([keras.Input((20,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
    Fix:
        More units or one more hidden layer.
    Ignore when:
        The labels are noisy and nothing does better.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 5.2.
    """
    skill, attainable = outcome.train, attainable_of(outcome)
    if skill is None or has_learned(outcome) or skill > 0.9 or training.nonfinite:
        return
    if hardly_trained(training):
        return  # no loss has gone flat yet
    if attainable is not None and attainable < skill + 0.03:
        return
    hidden = hidden_units(model)
    smallest = min(hidden, default=0)
    flat = abs(tail_slope(curve(training, "loss"))) < 0.05
    tight = smallest <= narrow
    size = f"its narrowest hidden layer has {counted(smallest, 'unit')}" if hidden else "it has no hidden layer"
    yield Hit(
        message=(
            f"The network scores {score(skill)} of 1 on its training rows, a simple model {score(attainable)} on rows that it "
            "has not seen (0: the trivial answer)"
            if attainable is not None
            else f"The network stays at {skill_text(outcome)}"
        )
        + f"; {size}.",
        evidence={"hidden_units": hidden, "score": skill, "attainable": attainable, "flat": flat},
        level=Evidence.PLAUSIBLE if tight and flat else Evidence.HINT,
        fix=fixes.widen(factor=8 if tight else 4) if hidden else fixes.add_hidden_layer(),
        claims=(Claim("network", "too small"),),
        needs_proof=True,
    )


def hidden_units(model: ModelFacts) -> list[int]:
    """Units of the hidden layers that have weights, heads and embeddings left out."""
    heads = {head.layer for head in model.heads}
    return [
        layer.units
        for layer in model.layers
        if layer.units and layer.parameters and layer.name not in heads and layer.kind not in ("Embedding", "BatchNormalization")
    ]
