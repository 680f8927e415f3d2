"""KM684 an optimizer that updates frozen variables."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import words
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import listed


@rule(
    "KM684",
    "frozen-variables-updated",
    cause="frozen-weights",
    severity="warning",
    headline="frozen variables are given to the optimizer",
)
def frozen_updated(loop: LoopFacts) -> Iterator[Hit]:
    """Variables with `trainable=False` that a loop's optimizer updates all the same.

    Looks for:
        Variables that are marked as not trainable and were handed to the optimizer with a gradient.
    Why:
        `trainable = False` is only a mark: `fit` heeds it, an optimizer updates whatever it is given. With `model.weights` or
        `base.variables` in place of `trainable_variables` the part that was to stay, a pretrained base say, is trained.
    Measured:
        The variables of each `apply`, and their `trainable`.
    Bad:
        optimizer.apply(tape.gradient(loss, model.variables), model.variables)
    Good:
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
    Fix:
        Use `trainable_variables` in both places.
    Ignore when:
        They are to be trained: then set `trainable = True`.
    Sources:
        Keras guide: transfer learning and fine-tuning.
    """
    if not loop.frozen or not loop.updates:
        return
    yield Hit(
        message=f"{len(loop.frozen)} of the {loop.variables} variables that the optimizer updates are frozen (trainable=False): "
        f"{listed(loop.frozen, 3)}. They are trained all the same.",
        evidence={"frozen": list(loop.frozen)},
        where=loop.name,
        level=Evidence.MEASURED,
        fix=Fix(
            name="trainable-only",
            title="Give the optimizer the trainable variables",
            code=words(loop).step,
        ),
    )
