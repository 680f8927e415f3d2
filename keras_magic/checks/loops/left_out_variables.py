"""KM683 variables that no optimizer is given."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import words
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import either, listed


@rule(
    "KM683",
    "left-out-variables",
    cause="frozen-weights",
    severity="warning",
    headline="trainable variables are never given to an optimizer",
)
def left_out_variables(loop: LoopFacts) -> Iterator[Hit]:
    """Trainable variables of a model that the loop's optimizer is never given.

    Looks for:
        A model some of whose trainable variables are updated, and others never handed to any optimizer; a second model, called
        as in training on the way to the loss, of which none is.
    Why:
        What is not in the list stays as it was initialised. The list is often taken before the model was built, from
        one part of it,
        or from another model.
    Measured:
        The variables of each `apply` against `trainable_variables` of the models to which they belong.
    Bad:
        variables = encoder.trainable_variables            # the decoder is forgotten
    Good:
        variables = encoder.trainable_variables + decoder.trainable_variables
    Fix:
        Give the optimizer all trainable variables; set `trainable = False` on what is meant to stay.
    Ignore when:
        Only that part is to be trained; `trainable = False` on the rest says so.
    Sources:
        Keras guide: writing a training loop from scratch.
    """
    if not loop.updates or loop.how != "step":
        return
    if loop.untrained:
        count = len(loop.untrained)
        yield _hit(
            f"{listed(loop.untrained, 3)} {either(count, 'was', 'were')} called with training=True on the way to the loss, and no "
            f"optimizer was given any of {either(count, 'its', 'their')} trainable variables: only {loop.name} learns.",
            loop,
            level=Evidence.STRONG,
        )
    if loop.left_out:
        count = len(loop.left_out)
        yield _hit(
            f"{count} of {loop.trainable} trainable variables of {loop.name} were never given to an optimizer: "
            f"{listed(loop.left_out, 3)} {either(count, 'stays', 'stay')} as initialised.",
            loop,
            level=Evidence.PLAUSIBLE,
        )


def _hit(message: str, loop: LoopFacts, level: Evidence) -> Hit:
    return Hit(
        message=message,
        evidence={"untrained": list(loop.untrained), "left_out": list(loop.left_out), "trainable": loop.trainable},
        where=loop.name,
        level=level,
        fix=Fix(name="give-all-variables", title="Give the optimizer all trainable variables", code=words(loop).step),
    )
