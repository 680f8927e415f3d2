"""KM681 gradients that no optimizer applies."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import words
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM681", "unapplied-gradients", cause="gradient-flow", severity="error", headline="gradients are computed and never applied")
def unapplied_gradients(loop: LoopFacts, *, fewest: int = 3) -> Iterator[Hit]:
    """Gradients of a model's weights that never change them.

    Looks for:
        A loop that differentiates with respect to variables, calls no optimizer for them, and leaves each exactly as it was.
    Why:
        `tape.gradient` only computes. Without `optimizer.apply` (or an assignment of one's own) nothing learns.
    Measured:
        Calls of `gradient` and of `apply`, and a checksum of each weight before and after the loop.
    Bad:
        gradients = tape.gradient(loss, model.trainable_variables)
    Good:
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
    Fix:
        Apply the gradients.
    Ignore when:
        The gradients themselves are wanted (saliency, Fisher information).
    Sources:
        Keras guide: writing a training loop from scratch.
    """
    if loop.updates or loop.how != "step" or loop.gradients < fewest or not loop.unchanged or len(loop.missing) == loop.variables:
        return
    yield Hit(
        message=f"The loop computed gradients of {loop.name} {loop.gradients:,} times, applied none of them, and "
        f"every weight is exactly "
        "what it was before.",
        evidence={"gradients": loop.gradients, "updates": 0},
        where=loop.name,
        level=Evidence.CONTRADICTION if not loop.others else Evidence.PLAUSIBLE,
        severity="error" if not loop.others else "warning",
        fix=Fix(
            name="apply-gradients",
            title="Apply the gradients",
            code=words(loop).step,
        ),
    )
