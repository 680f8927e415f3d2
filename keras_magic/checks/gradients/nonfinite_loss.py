"""KM554 loss that is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks._judging import HUGE, explosion
from keras_magic.facts import DataFacts, ModelFacts, TrainingFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule

RECURRENT = ("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


@rule("KM554", "nonfinite-loss", cause="learning-rate-too-high", severity="error")
def nonfinite_loss(
    training: TrainingFacts, data: DataFacts | None = None, model: ModelFacts | None = None, names: dict | None = None
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
    blown = event is not None and event.kind == "gradient"  # the forward pass was still finite
    recurrent = any(layer.kind in RECURRENT for layer in model.layers) if model else False
    if blown:
        yield Hit(
            message=f"{start}, and so were the outputs: the gradient exploded.",
            cause="exploding-gradient",
            evidence=evidence,
            where=where,
            confidence=0.65 if recurrent else 0.45,
            fix=fixes.clip_gradients(norm=1.0, names=names),
        )
    found = explosion(training)
    at_the_start = found is not None and found[1] > HUGE  # before any step was made
    yield Hit(
        message=f"{start}, so a step was too large" + (f" (learning rate {rate:g})." if rate else "."),
        evidence=evidence,
        where=where,
        confidence=0.3 if at_the_start else 0.4 if event is not None and (event.step <= 2 or (blown and recurrent)) else 0.6,
        fix=fixes.set_learning_rate(rate=rate / 100, names=names) if rate else fixes.clip_gradients(norm=1.0, names=names),
    )
