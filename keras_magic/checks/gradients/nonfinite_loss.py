"""KM554 loss that is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import HUGE, before_any_step, explosion, scheduled
from keras_magic.checks.architecture._layers import is_recurrent
from keras_magic.checks.gradients._layers import overflowed, recurrent, unbounded
from keras_magic.checks.gradients.undefined_gradient import undefined
from keras_magic.facts import DataFacts, EnvironmentFacts, ModelFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule


@rule("KM554", "nonfinite-loss", cause="learning-rate-too-high", severity="error")
def nonfinite_loss(
    training: TrainingFacts,
    data: DataFacts | None = None,
    model: ModelFacts | None = None,
    environment: EnvironmentFacts | None = None,
) -> Iterator[Hit]:
    """A loss that is NaN or infinite, with its first origin.

    Looks for:
        The first NaN or infinity of the training: at which step, in which layer, in what (activation, loss, gradient, weight).
    Why:
        NaN spreads to every weight with the next update; all training after it is lost.
    Measured:
        Taps in the training step note the first non-finite value in the order of the computation. With finite data the usual
        cause is a step that was too large.
    Bad:
        model.compile(keras.optimizers.SGD(1.0), "mse")
    Good:
        model.compile(keras.optimizers.SGD(0.01), "mse")  # and keras.callbacks.TerminateOnNaN() for fit
    Fix:
        Lower the learning rate, scale the data, clip gradients; for logarithms and divisions add a small constant.
    Ignore when:
        Never: but if the data itself holds NaN, that finding comes first.
    Sources:
        Keras documentation: TerminateOnNaN; Goodfellow, Bengio and Courville 2016, Deep Learning, section 8.2.4.
    """
    event = training.nonfinite
    losses = training.history.get("loss", ())
    if event is None and all(math.isfinite(v) for v in losses):
        return
    if before_any_step(training) or undefined(training, model, environment) is not None:  # KM558, KM560
        return
    if data is not None and (any(i.nan or i.inf for i in data.inputs) or any(t.nan or t.inf for t in data.targets)):
        return
    origin = (
        f"since step {event.step}" if event else f"since epoch {1 + next(i for i, v in enumerate(losses) if not math.isfinite(v))}"
    )
    layer = f", first in the {event.kind} of layer {event.layer}" if event and event.layer else ""
    evidence = {
        "step": event.step if event else None,
        "kind": event.kind if event else "loss",
        "layer": event.layer if event else None,
    }
    where = event.layer if event else None
    rate = model.optimizer.learning_rate if model and model.optimizer else None
    start = f"The loss is not a number {origin}{layer}; the data is finite"
    through_time = any(map(is_recurrent, model.layers)) if model else False
    grown, first = _grown(training, model), explosion(training)  # of the first step, before any update
    if grown:
        yield Hit(
            message=f"{start}, {grown}.",
            cause="exploding-gradient",
            evidence=evidence,
            where=where,
            level=Evidence.STRONG if through_time else Evidence.PLAUSIBLE,
            fix=fixes.clip_gradients(norm=1.0),
        )
    yield Hit(
        message=f"{start}, so a step was too large" + (f" (learning rate {rate:g})." if rate else "."),
        evidence=evidence,
        where=where,
        level=Evidence.HINT if first is not None and first[1] > HUGE else Evidence.PLAUSIBLE,
        fix=fixes.set_learning_rate(rate=rate / 100, scheduled=scheduled(model)) if rate else fixes.clip_gradients(norm=1.0),
        claims=(Claim("learning rate", "too high"),),
    )


def _grown(training: TrainingFacts, model: ModelFacts | None) -> str | None:
    """What grew without bound, in words; None where nothing shows it."""
    if training.nonfinite is not None and training.nonfinite.kind == "gradient":
        return "and so were the outputs: the gradient exploded"
    endless = next((layer for layer, _ in recurrent(model) if unbounded(layer)), None) if model else None
    if endless is None or not overflowed(training):
        return None
    return f"the state of {endless.name} ({endless.activation}) has no bound and grew out of range over its time steps"
