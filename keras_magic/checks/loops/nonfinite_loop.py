"""KM580 a loop whose loss becomes NaN."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import about, number
from keras_magic.checks.loops._words import words
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import FirstNonfinite, LoopFacts
from keras_magic.rules import rule


@rule("KM580", "nonfinite-loop", cause="exploding-gradient", severity="error", headline="the loss becomes NaN or infinite")
def nonfinite_loop(loop: LoopFacts) -> Iterator[Hit]:
    """A loop whose loss becomes NaN or infinite.

    Looks for:
        The first loss that is not finite, and whether inputs or weights were so before it.
    Why:
        One NaN gradient makes every weight NaN; from then on nothing can be learned.
    Measured:
        The value that was differentiated in each step; at the first that is not finite the inputs and the weights at that moment.
    Bad:
        loss = -tf.reduce_mean(y * tf.math.log(p))           # log(0)
    Good:
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)(y, logits)
    Fix:
        What the message says of its origin: clean the inputs, lower the learning rate or clip the gradient, or keep log, sqrt and
        division away from zero.
    Ignore when:
        Never.
    Sources:
        TensorFlow guide: debugging numerical issues (`tf.debugging.enable_check_numerics`).
    """
    found = loop.nonfinite
    if found is None:
        return
    cause, origin, fix = _origin(found, loop)
    before = f"; one step before it was {about(found.before)}" if found.before is not None else ""
    yield Hit(
        message=f"The loss of {loop.name} is {found.loss} at step {found.step:,}{before}. {origin}",
        evidence={"step": found.step, "loss_before": found.before, "inputs": found.inputs, "weights": found.weights},
        where=loop.name,
        cause=cause,
        level=Evidence.MEASURED if cause == "learning-rate-too-high" else Evidence.CONTRADICTION,
        fix=fix,
    )


def _origin(found: FirstNonfinite, loop: LoopFacts) -> tuple[str | None, str, Fix | None]:
    """(cause, sentence, fix): where it came from, as far as was seen."""
    if found.inputs:
        code = "assert np.isfinite(x).all()  # find and fill or drop these rows before training"
        return (
            "nonfinite-input",
            "The inputs of that step hold NaN or infinity.",
            Fix(name="clean-inputs", title="Clean the inputs", code=code),
        )
    first = abs(loop.losses[0]) if loop.losses else 0.0
    if found.before is not None and first > 0 and abs(found.before) > 1000 * first:
        rate = f" {number(loop.learning_rate)}" if loop.learning_rate else ""
        lower, kind = (loop.learning_rate or 1e-3) / 10, loop.optimizer or "Adam"
        code = f"optimizer = keras.optimizers.{kind}({lower:.2g}, clipnorm=1.0)"
        return (
            "learning-rate-too-high",
            f"It began at {about(loop.losses[0])} and grew until it overflowed: the learning rate{rate} is too high.",
            Fix(name="lower-rate", title="A learning rate a tenth as high, and clipping", code=code),
        )
    if found.weights:
        return (
            None,
            f"Weights were already NaN or infinite before that step: the update of step {found.step - 1:,} put it "
            f"there although its loss was finite"
            " (a gradient that overflowed, or the gradient of sqrt or a norm at zero).",
            Fix(
                name="clip-gradients",
                title="Clip the gradients and look at the first one that is not finite",
                code=f"{words(loop).nan}  # raises at the operation that makes the first NaN\n"
                "optimizer = keras.optimizers.Adam(1e-4, clipnorm=1.0)",
            ),
        )
    fix = Fix(
        name="check-numerics",
        title=f"Let {words(loop).library} name the operation that makes the first NaN",
        code=f"{words(loop).nan}  # then run the loop again",
    )
    if found.weights is False and found.inputs is False:
        made = "Inputs and weights were finite then: the forward pass or the loss itself makes it"
        return None, f"{made} (log or division at zero, exp, overflow).", fix
    return None, "Where it began could not be seen.", fix
