"""KM560 a derivative that is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from keras_magic.assessment import HUGE
from keras_magic.checks.architecture._layers import is_recurrent
from keras_magic.facts import EnvironmentFacts, ModelFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM560",
    "undefined-gradient",
    cause="loss-mismatch",
    severity="error",
    explains=("learning-rate-too-high", "learning-rate-too-low", "exploding-gradient", "epochs-too-few", "capacity-too-small"),
    headline="a derivative is not a number",
)
def undefined_gradient(
    training: TrainingFacts, model: ModelFacts | None = None, environment: EnvironmentFacts | None = None, *, rise: float = 10.0
) -> Iterator[Hit]:
    """A gradient that is NaN where the loss and all that leads to it are ordinary numbers.

    Looks for:
        NaN or infinity in gradients, one step after a step with small gradients, while the loss of that step is no larger than
        before.
    Why:
        Small gradients do not leave the range of floats (3.4e38) within one step. A derivative does not exist at some value: that
        of a square root, a norm or a power at 0, of a division by 0, or of the branch that `where` does not take. No learning rate
        changes that.
    Measured:
        The first value that is not finite, in the order of the computation, the loss of that step and the gradients of the step
        before it.
    Bad:
        distance = keras.ops.sqrt(keras.ops.sum(keras.ops.square(a - b), -1))                              # a == b in some row
    Good:
        distance = keras.ops.sqrt(keras.ops.maximum(keras.ops.sum(keras.ops.square(a - b), -1), 1e-12))
    Fix:
        Keep what roots, powers, divisions and logarithms are taken of away from 0, before them.
    Ignore when:
        Never.
    Sources:
        IEEE 754 (range of single precision); JAX documentation, frequently asked questions: gradients contain NaN values when
        differentiating through where; Keras documentation: keras.ops.norm, keras.ops.sqrt.
    """
    found, event = undefined(training, model, environment, rise), training.nonfinite
    if found is None or event is None:
        return
    loss, norm = found
    what = ("gradient" if event.kind == "gradient" else "output") + (f" of layer {event.layer}" if event.layer else "")
    yield Hit(
        message=f"In step {event.step} the {what} is not a finite number, though the loss of that step is {loss:.3g} and the "
        f"largest gradient norm of the step before was {norm:.2g}: a derivative does not exist there, as that of a square root, "
        "norm or power at 0. No learning rate changes that.",
        evidence={"step": event.step, "layer": event.layer, "loss": loss, "norm_before": norm},
        where=event.layer or "loss",
        level=Evidence.STRONG,
        fix=_fix(),
    )


def undefined(
    training: TrainingFacts, model: ModelFacts | None, environment: EnvironmentFacts | None, rise: float = 10.0
) -> tuple[float, float] | None:
    """(loss of that step, largest gradient norm of the step before) where gradients are not finite though neither is large."""
    event = training.nonfinite
    if event is None or event.kind not in ("gradient", "activation") or event.step < 2 or _half(model, environment):
        return None
    if model is not None and any(map(is_recurrent, model.layers)):
        return None
    loss, norm = _loss_at(training, event.step), _norm_before(training, event.step)
    before = [abs(v) for s, v in zip(training.loss_steps, training.losses, strict=False) if s < event.step and math.isfinite(v)]
    if loss is None or norm is None or not before or abs(loss) > rise * max(before) or norm > HUGE:
        return None
    return loss, norm


def _half(model: ModelFacts | None, environment: EnvironmentFacts | None) -> bool:
    """Something computes in half precision, whose range is small."""
    types = [str(layer.options.get("compute_dtype", "")) for layer in model.layers] if model is not None else []
    return any("16" in name for name in [*types, environment.precision if environment is not None else ""])


def _loss_at(training: TrainingFacts, step: int) -> float | None:
    """The loss of one step, where it was measured and is finite."""
    loss = dict(zip(training.loss_steps, training.losses, strict=False)).get(step)
    return loss if loss is not None and math.isfinite(loss) else None


def _norm_before(training: TrainingFacts, step: int) -> float | None:
    """The largest gradient norm of the step before, where it was measured."""
    norms = [dict(zip(layer.steps, layer.gradient_norm, strict=False)).get(step - 1) for layer in training.layers]
    known = [norm for norm in norms if norm is not None]
    return max(known) if known and all(map(math.isfinite, known)) else None


def _fix() -> Fix:
    return Fix(
        name="guard-roots",
        title="Keep what roots, norms, powers and divisions are taken of away from 0",
        code="distance = keras.ops.sqrt(keras.ops.maximum(squared, 1e-12))   # in your loss or layer; alike before a division",
    )
