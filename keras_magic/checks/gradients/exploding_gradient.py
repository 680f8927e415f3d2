"""KM553 exploding gradient."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks._judging import finite, has_learned, number
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule


@rule("KM553", "exploding-gradient", cause="exploding-gradient", severity="error")
def exploding_gradient(
    training: TrainingFacts,
    outcome: OutcomeFacts | None = None,
    names: dict | None = None,
    *,
    growth: float = 1e3,
    huge: float = 1e4,
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
        Scale inputs and targets, lower the learning rate, clip the gradient norm, initialise with smaller weights.
    Ignore when:
        The network has learned: large numbers alone do no harm to Adam-like optimizers.
    Sources:
        Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks (arXiv 1211.5063).
    """
    if has_learned(outcome):
        return
    series = [(layer.name, g) for layer in training.layers if (g := finite(layer.gradient_norm))]
    if not series:
        return
    name, grads = max(series, key=lambda pair: max(pair[1]))
    first, top = max(grads[0], 1e-12), max(grads)
    event = training.nonfinite
    blown = event is not None and event.kind in ("gradient", "weight")
    if not (blown and top > 10 * first) and not (top > growth * first and top > 10) and not first > huge:
        return
    yield Hit(
        message=f"The gradient norm of {name} starts at {number(first)} and reaches {number(top)}"
        + (f"; it is not finite from step {event.step} on." if event is not None and blown else "."),
        evidence={"first": first, "max": top, "layers": {n: max(g) for n, g in series}},
        where=name,
        confidence=0.45,
        fix=fixes.clip_gradients(norm=1.0, names=names),
    )
