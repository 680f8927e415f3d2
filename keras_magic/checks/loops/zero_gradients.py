"""KM682 gradients that are exactly zero."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM682", "zero-gradients", cause="gradient-flow", severity="error", headline="gradients are exactly zero")
def zero_gradients(loop: LoopFacts, *, fewest: int = 5) -> Iterator[Hit]:
    """Gradients that are exactly zero in each step.

    Looks for:
        All variables of a unit with a gradient of exactly zero at every update that was looked at.
    Why:
        The loss does not change with the weights: it is multiplied by a mask or an advantage of zero, rounded, clipped to a bound
        that it never leaves, or each unit before it is saturated or dead.
    Measured:
        The norm of the gradients handed to the optimizer, at sampled updates.
    Bad:
        advantage = reward - tf.reduce_mean(reward)   # of a batch of one
    Good:
        advantage = reward - baseline
    Fix:
        Print the factors of the loss for one batch and look for the one that is always zero.
    Ignore when:
        Never, where it lasts.
    Sources:
        TensorFlow guide: introduction to gradients and automatic differentiation.
    """
    if not loop.zero or len(loop.zero) < loop.variables or loop.gradient_samples < fewest:
        return
    yield Hit(
        message=f"All gradients of {loop.name} were exactly zero in each of the {loop.gradient_samples} updates that "
        f"were looked at "
        f"({listed(loop.zero, 3)}): the loss does not change with these weights.",
        evidence={"zero": list(loop.zero), "looked_at": loop.gradient_samples},
        where=loop.name,
        level=Evidence.CONTRADICTION,
    )
