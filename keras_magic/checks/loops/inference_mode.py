"""KM380 a loop that trains in inference mode."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import times, words
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM380", "inference-mode", cause="inference-mode", severity="warning")
def inference_mode(loop: LoopFacts) -> Iterator[Hit]:
    """A model that a loop trains without `training=True`.

    Looks for:
        Layers that work differently while training (dropout, noise, a BatchNormalization that may learn) in a model that was called
        under the tape, and never with `training=True`.
    Why:
        `fit` passes `training=True`; a loop has to. Without it dropout drops nothing, and BatchNormalization divides by its moving
        statistics, which nothing updates: they stay at mean 0 and variance 1, so that the layer normalises nothing.
    Measured:
        The `training` argument of each call that a gradient was taken through, and the moving statistics after the loop.
    Bad:
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x))
    Good:
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
    Fix:
        Pass `training=True` in the training step.
    Ignore when:
        A pretrained model is fine-tuned with its statistics frozen on purpose; then set `trainable = False` on those layers.
    Sources:
        Keras guide: writing a training loop from scratch; Keras guide: transfer learning.
    """
    if not loop.updates:
        return
    for call in loop.calls:
        if not call.behaves or not call.recorded or call.training:
            continue
        still = f"; the moving statistics of {listed(call.idle, 3)} are still mean 0 and variance 1" if call.idle else ""
        traced = " (while the step was traced)" if loop.compiled else ""
        yield Hit(
            message=f"{call.name} was called {times(call.recorded)} {words(loop).recorded}{traced} "
            f"and never with training=True, so {listed(call.behaves, 3)} worked as at inference{still}.",
            evidence={"calls": call.recorded, "layers": list(call.behaves), "idle_statistics": list(call.idle)},
            where=call.name,
            level=Evidence.MEASURED if call.idle else Evidence.STRONG,
            severity="error" if call.idle else None,
            fix=Fix(
                name="pass-training",
                title="Pass training=True in the training step",
                code=_CODE[loop.backend].format(name=call.name),
            ),
        )


_CODE = {
    "tensorflow": "prediction = {name}(x, training=True)  # inside the tape; training=False when you predict or evaluate",
    "torch": "prediction = {name}(x, training=True)  # in the step; training=False when you predict or evaluate",
    "jax": "prediction, others = {name}.stateless_call(trainable, others, x, training=True)",
}
