"""KM680 gradients that are None."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import words
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import listed


@rule(
    "KM680",
    "missing-gradients",
    cause="gradient-flow",
    severity="error",
    headline="no gradient reaches weights",
)
def missing_gradients(loop: LoopFacts) -> Iterator[Hit]:
    """Variables whose gradient is None.

    Looks for:
        Variables for which `GradientTape.gradient` gave None each time.
    Why:
        None means that the tape saw no way from the variable to the loss: the forward pass ran outside of the tape, went through
        NumPy (`.numpy()`), an argmax, rounding or a cast to integers, or the loss leaves out that part of the model. The optimizer
        skips such variables.
    Measured:
        The result of each `gradient` call.
    Bad:
        prediction = model(x)
        with tf.GradientTape() as tape:
            loss = loss_fn(y, prediction)      # computed before the tape recorded
    Good:
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
    Fix:
        Compute everything from the model's call to the loss inside the tape, with TensorFlow or Keras operations.
    Ignore when:
        That part of the model is not meant to be trained by this loss.
    Sources:
        TensorFlow guide: introduction to gradients and automatic differentiation ("Getting a gradient of None").
    """
    if not loop.missing:
        return
    every = len(loop.missing) >= loop.variables
    fix = Fix(
        name="record-forward-pass",
        title="Compute everything from the model's call to the loss where gradients are recorded",
        code=words(loop).step,
    )
    part = f"{len(loop.missing)} of {loop.variables} variables of {loop.name} ({listed(loop.missing, 3)})"
    which = f"all {loop.variables} variables of {loop.name}" if every else part
    if loop.cut_off and not every:
        which = f"every variable of {' and '.join(loop.cut_off)}"
    yield Hit(
        message=f"The gradient of {which} is None in every step that was looked at: no "
        f"recorded operation leads from them to the loss{', so the optimizer leaves them as they are' if loop.updates else ''}.",
        evidence={"missing": list(loop.missing), "variables": loop.variables},
        where=loop.name,
        level=Evidence.CONTRADICTION if every else Evidence.MEASURED if loop.cut_off else Evidence.PLAUSIBLE,
        severity="error" if every or loop.cut_off else "warning",
        fix=fix,
    )
