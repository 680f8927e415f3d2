"""KM553 exploding gradient."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import HUGE, course, explosion, has_learned
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM553", "exploding-gradient", cause="exploding-gradient", severity="error")
def exploding_gradient(
    training: TrainingFacts,
    data: DataFacts | None = None,
    outcome: OutcomeFacts | None = None,
    *,
    growth: float = 1e3,
    huge: float = HUGE,
) -> Iterator[Hit]:
    """Gradients that explode.

    Looks for:
        A gradient norm that grows a thousandfold during training, is huge from the start, or becomes infinite.
    Why:
        One such step throws the weights far away; the loss jumps and often ends in NaN.
    Measured:
        Largest gradient norm over layers, per sampled step; its maximum against its value at the first samples.
    Bad:
        model.compile(keras.optimizers.SGD(0.1), "mse")  # with raw targets in the thousands
    Good:
        model.compile(keras.optimizers.SGD(0.01, clipnorm=1.0), "mse")  # and scaled data
    Fix:
        Scale inputs and targets, lower the learning rate, clip the gradient norm; where it is huge from the start,
        normalise between the layers or initialise with smaller weights.
    Ignore when:
        The network has learned: large numbers alone do no harm to Adam-like optimizers.
    Sources:
        Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks (arXiv 1211.5063).
    """
    if has_learned(outcome):
        return
    found = explosion(training, growth, huge)
    if found is None:
        return
    name, first, top = found
    unmoved = first > huge and _of_usual_size(data)  # large before any update, on data of the order of 1: the network multiplies
    event = training.nonfinite if training.nonfinite and training.nonfinite.kind in ("gradient", "weight") else None
    yield Hit(
        message=f"The gradient norm of {name} {course(first, top)}"
        + (f"; it is not finite from step {event.step} on" if event is not None else "")
        + ("; it is so before the first update, so that no learning rate is to blame." if unmoved else "."),
        evidence={"first": first, "max": top, "layer": name},
        where=name,
        level=Evidence.STRONG if unmoved else Evidence.PLAUSIBLE,
        fix=fixes.add_batchnorm() if unmoved else fixes.clip_gradients(norm=1.0),
    )


def _of_usual_size(data: DataFacts | None, largest: float = 50.0) -> bool:
    """No input and no target is far from the order of 1."""
    if data is None:
        return False
    ends = [v for i in data.inputs for v in (i.min, i.max)] + [v for t in data.targets for v in (t.min, t.max)]
    return max((abs(v) for v in ends if v is not None), default=largest + 1) <= largest
