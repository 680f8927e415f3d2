"""KM554 loss that is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks._judging import HUGE, before_any_step, explosion, number, scheduled
from keras_magic.checks.architecture._layers import is_recurrent
from keras_magic.checks.gradients._layers import overflowed, recurrent, unbounded
from keras_magic.facts import DataFacts, EnvironmentFacts, ModelFacts, NonfiniteEvent, TrainingFacts
from keras_magic.findings import Claim, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.rules import rule


@rule("KM554", "nonfinite-loss", cause="learning-rate-too-high", severity="error")
def nonfinite_loss(
    training: TrainingFacts,
    data: DataFacts | None = None,
    model: ModelFacts | None = None,
    environment: EnvironmentFacts | None = None,
    names: dict | None = None,
) -> Iterator[Hit]:
    """A loss that is NaN or infinite, with its first origin.

    Looks for:
        The first NaN or infinity of the training: at which step, in which layer, in what (activation, loss, gradient, weight).
    Why:
        NaN spreads to every weight with the next update; all training after it is lost.
    Measured:
        Taps in the training step note the first non-finite value in the order of the computation. With finite data the usual
        cause is a step that was too large; before any step, it is the loss function or a layer.
    Bad:
        model.compile(keras.optimizers.SGD(1.0), "mse")
    Good:
        model.compile(keras.optimizers.SGD(0.01), "mse", ...)  # plus keras.callbacks.TerminateOnNaN()
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
    if event is not None and event.step == 1 and event.kind != "weight":
        return  # before any update: KM558
    if data is not None and (any(i.nan or i.inf for i in data.inputs) or any(t.nan or t.inf for t in data.targets)):
        return
    if event is not None and before_any_step(training):
        yield _before(event, data, model, environment)
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
    grown = _grown(training, model)
    if grown:
        yield Hit(
            message=f"{start}, {grown}.",
            cause="exploding-gradient",
            evidence=evidence,
            where=where,
            confidence=0.65 if through_time else 0.45,
            fix=fixes.clip_gradients(norm=1.0, names=names),
        )
    yield Hit(
        message=f"{start}, so a step was too large" + (f" (learning rate {rate:g})." if rate else "."),
        evidence=evidence,
        where=where,
        confidence=_confidence(training, explained=bool(grown) and through_time),
        fix=fixes.set_learning_rate(rate=rate / 100, scheduled=scheduled(model), names=names)
        if rate
        else fixes.clip_gradients(norm=1.0, names=names),
        claims=(Claim("learning rate", "too high"),),
    )


LARGEST_HALF = 65504.0  # of float16


def _before(event: NonfiniteEvent, data: DataFacts | None, model: ModelFacts | None, environment: EnvironmentFacts | None) -> Hit:
    """No step was made yet: the loss function gave it, or a layer."""
    evidence = {"step": event.step, "kind": event.kind, "layer": event.layer}
    if event.kind == "loss":
        own = model is not None and any(head.loss == "custom" for head in model.heads)
        function = "your own loss function" if own else "the loss function"
        return Hit(
            message="The loss is NaN or infinite for the first batch, before any step, although the data and what the layers give "
            f"are finite: {function} itself makes it so (a logarithm, a root or a division?).",
            cause="loss-mismatch",
            headline="the loss function gives NaN or infinity for finite outputs",
            evidence=evidence,
            where="loss",
            confidence=0.9,
            fix=_guarded(),
        )
    highest = max((abs(v) for i in (data.inputs if data else ()) for v in (i.min, i.max) if v is not None), default=0.0)
    half = environment is not None and "float16" in environment.precision and "bfloat16" not in environment.precision
    if half and highest > LARGEST_HALF:
        return Hit(
            message=f"Layer {event.layer} gives NaN or infinity for the first batch, before any step: the inputs reach "
            f"{number(highest)}, and the model computes in float16, whose largest number is 65,504.",
            cause="input-not-scaled",
            headline="the inputs are beyond the range of float16",
            evidence={**evidence, "largest": highest},
            where=event.layer,
            confidence=0.93,
            fix=fixes.scale_inputs(),
        )
    return Hit(
        message=f"Layer {event.layer} gives NaN or infinity for the first batch, before any step; the data is finite.",
        cause="hidden-activation",
        headline="a layer gives NaN or infinity for finite inputs",
        evidence=evidence,
        where=event.layer,
        confidence=0.8,
    )


def _guarded() -> Fix:
    return Fix(
        name="guard-loss",
        title="Keep what your loss takes a logarithm or a root of, or divides by, away from 0",
        code=code("""
            # first line of the loss, where y_pred are probabilities (give the last layer a sigmoid or softmax):
            y_pred = keras.ops.clip(y_pred, keras.config.epsilon(), 1 - keras.config.epsilon())
        """),
    )


def _grown(training: TrainingFacts, model: ModelFacts | None) -> str | None:
    """What grew without bound, in words; None where nothing tells."""
    if training.nonfinite is not None and training.nonfinite.kind == "gradient":
        return "and so were the outputs: the gradient exploded"
    endless = next((layer for layer, _ in recurrent(model) if unbounded(layer)), None) if model else None
    if endless is None or not overflowed(training):
        return None
    return f"the state of {endless.name} ({endless.activation}) has no bound and grew out of range over its time steps"


def _confidence(training: TrainingFacts, explained: bool) -> float:
    """How sure the rate is to blame."""
    found, event = explosion(training), training.nonfinite
    if found is not None and found[1] > HUGE:  # before any step was made
        return 0.3
    return 0.4 if explained or (event is not None and event.step <= 2) else 0.6
