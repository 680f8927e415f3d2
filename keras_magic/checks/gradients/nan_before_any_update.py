"""KM558 NaN before any update."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.gradients._layers import recurrent, unbounded
from keras_magic.checks.gradients.float16_range import beyond_float16
from keras_magic.facts import DataFacts, EnvironmentFacts, LayerFacts, ModelFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM558",
    "nan-before-any-update",
    cause="loss-mismatch",
    severity="error",
    explains=("learning-rate-too-high", "learning-rate-too-low", "exploding-gradient", "epochs-too-few", "capacity-too-small"),
    headline="the loss is NaN before any update",
)
def nan_before_any_update(
    training: TrainingFacts,
    data: DataFacts | None = None,
    model: ModelFacts | None = None,
    environment: EnvironmentFacts | None = None,
) -> Iterator[Hit]:
    """A loss that is NaN or infinite in the very first batch.

    Looks for:
        NaN or infinity in the first batch of the training, from finite data and finite weights.
    Why:
        No step has been made yet, so that no learning rate repairs it. A loss of your own takes a logarithm or a root of negative
        numbers or of zero, or divides by zero; or a layer does. A recurrent layer without a bound grows from one time step to the
        next.
    Measured:
        The first value that is not finite, in the order of the computation of the first training step.
    Bad:
        -keras.ops.mean(true * keras.ops.log(pred))                  # pred: outputs without a softmax
    Good:
        -keras.ops.mean(true * keras.ops.log(keras.ops.clip(pred, 1e-7, 1.0)))   # pred: probabilities
    Fix:
        Hand the loss what it is made for, and keep its logarithms, roots and divisions away from zero.
    Ignore when:
        Never.
    Sources:
        Keras documentation: TerminateOnNaN; Goodfellow, Bengio and Courville 2016, Deep Learning, section 4.1.
    """
    event = training.nonfinite
    if event is None or event.step != 1 or event.kind == "weight":
        return
    if data is not None and (any(i.nan or i.inf for i in data.inputs) or any(t.nan or t.inf for t in data.targets)):
        return
    if data is not None and data.faulty_class_weights:
        return
    if beyond_float16(data, model, environment):
        return
    if endless := next((layer for layer, _ in recurrent(model) if unbounded(layer)), None) if model is not None else None:
        yield _grown(endless, event.layer)
        return
    own = any(head.loss == "custom" for head in model.heads) if model is not None else False
    what = {"loss": "the loss", "gradient": "a gradient"}.get(event.kind, "an activation")
    place = f" (first in layer {event.layer})" if event.layer else ""
    whose = "the loss is a function of your own" if own and event.kind != "activation" else "the data is finite"
    yield Hit(
        message=f"In the first batch, before any update, {what} is not a number{place}; {whose}. No learning rate changes that.",
        evidence={"step": 1, "kind": event.kind, "layer": event.layer},
        where=event.layer or "loss",
        cause="loss-mismatch" if event.kind != "activation" else "exploding-gradient",
        headline="" if event.kind != "activation" else "a layer gives NaN or infinity for finite data",
        level=Evidence.CONTRADICTION,
        fix=_guard() if own else None,
    )


def _grown(endless: LayerFacts, where: str | None) -> Hit:
    return Hit(
        message=f"In the first batch, before any update, numbers left the range of floats; the data is finite. {endless.name}"
        f" ({endless.activation}) feeds its output back at each time step and has no bound. No learning rate changes that.",
        evidence={"step": 1, "layer": endless.name},
        where=where or endless.name,
        cause="exploding-gradient",
        headline="gradients explode",
        level=Evidence.STRONG,
        fix=fixes.bound_recurrence(layers=(endless.name,)),
    )


def _guard() -> Fix:
    return Fix(
        name="guard-logarithms",
        title="Keep logarithms, roots and divisions of the loss away from zero and negative numbers",
        code="pred = keras.ops.clip(pred, 1e-7, 1.0 - 1e-7)   # in your loss, before keras.ops.log(pred)",
    )
