"""KM481 a loop whose loss and outputs disagree about logits."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import about
from keras_magic.facts import ModelFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts, LossCallFacts
from keras_magic.rules import rule

_PROBABILITIES = ("softmax", "sigmoid")


@rule("KM481", "loop-logits", cause="from-logits", severity="error")
def loop_logits(loop: LoopFacts, model: ModelFacts | None = None) -> Iterator[Hit]:
    """A loss in a loop that takes probabilities and gets logits, or the other way round.

    Looks for:
        A cross-entropy with `from_logits=True` (or one of TensorFlow's `..._with_logits`) on the output of a softmax
        or sigmoid; one
        without it on numbers below 0 or above 1, or on the output of a linear last layer.
    Why:
        Probabilities taken as logits go through the softmax twice: the output can never be sure, and the gradient is weak. Logits
        taken as probabilities are clipped to [0, 1]: where they leave it, there is no gradient at all.
    Measured:
        The arguments of each loss, the operation that made the predictions, their range where their values could be read.
    Bad:
        loss_fn = keras.losses.SparseCategoricalCrossentropy()          # model ends in Dense(10)
    Good:
        loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    Fix:
        `from_logits=True` with a linear last layer.
    Ignore when:
        Never. (Keras computes with the numbers before a softmax or sigmoid of its own where it finds them; that is left alone.)
    Sources:
        Keras documentation: probabilistic losses.
    """
    for call in loop.loss_calls:
        if call.from_logits is None or call.rescued:
            continue
        ending = call.outputs or _activation(call, loop, model)
        if call.from_logits and ending in _PROBABILITIES:
            said = f"takes logits, but gets the output of a {ending}: it goes through the {ending} twice"
            yield _hit(call, said, f"no {ending} in the last layer: keras.layers.Dense(units)", Evidence.CONTRADICTION)
            return
        outside = call.low is not None and call.high is not None and (call.low < -1e-3 or call.high > 1 + 1e-3)
        if not call.from_logits and outside and ending not in _PROBABILITIES:
            said = f"takes probabilities (from_logits=False), but got numbers from {about(call.low)} to {about(call.high)}"
            yield _hit(call, said, _CODE, Evidence.CONTRADICTION)
            return
        if not call.from_logits and call.low is None and ending == "linear":
            yield _hit(
                call, "takes probabilities (from_logits=False), but the model ends in a linear layer", _CODE, Evidence.MEASURED
            )
            return


_CODE = "loss_fn = keras.losses.{name}(from_logits=True)"


def _activation(call: LossCallFacts, loop: LoopFacts, model: ModelFacts | None) -> str:
    """The last activation of the model whose output was given, where it is known for certain."""
    if model is None or not call.model or len(model.heads) != 1 or not model.heads[0].certain:
        return ""
    return model.heads[0].activation or ""


def _hit(call: LossCallFacts, said: str, code: str, level: Evidence) -> Hit:
    return Hit(
        message=f"{call.name} {said}.",
        evidence={"from_logits": call.from_logits, "outputs": call.outputs, "low": call.low, "high": call.high},
        where=call.model or None,
        level=level,
        fix=Fix(name="from-logits", title="Let the loss and the last layer agree", code=code.format(name=call.name)),
    )
