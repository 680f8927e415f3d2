"""KM421 a loss that adds up over the batch."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned, number
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.rules import rule

#: Optimizers whose step grows with the gradient; the others divide by its size.
PROPORTIONAL = ("sgd",)


@rule(
    "KM421",
    "summed-loss",
    cause="learning-rate-too-high",
    severity="error",
    explains=("exploding-gradient", "batch-size", "dead-relu"),
    headline="the loss adds up over the batch",
)
def summed_loss(outcome: OutcomeFacts, model: ModelFacts, training: TrainingFacts | None = None) -> Iterator[Hit]:
    """A loss that is a sum over the rows of a batch.

    Looks for:
        A loss (of your own, or with reduction="sum") that grows with the number of rows, under an optimizer whose steps grow with
        the gradient, in a network that has not learned.
    Why:
        Keras' losses are means over the rows. A sum makes the gradient, and with SGD each step, as many times as large as there are
        rows in a batch: a learning rate of 0.01 acts like 0.32 with 32 rows, and changes with the batch size.
    Measured:
        The compiled loss on some rows, and on each half of them: the whole is the sum of the halves, not their mean.
    Bad:
        def loss(true, pred): return keras.ops.sum(keras.ops.square(true - pred))
    Good:
        def loss(true, pred): return keras.ops.mean(keras.ops.square(true - pred), axis=-1)
    Fix:
        A mean in place of the sum, or a learning rate divided by the batch size.
    Ignore when:
        The optimizer divides by the size of the gradient (Adam, RMSprop: not reported), or the learning rate was chosen for
        the sum.
    Sources:
        keras.losses.Loss (reduction); Goyal et al. 2017, Accurate, Large Minibatch SGD (arXiv 1706.02677).
    """
    reading, optimizer = outcome.loss_reading or {}, model.optimizer
    if not reading.get("summed") or has_learned(outcome) or optimizer is None or optimizer.name.lower() not in PROPORTIONAL:
        return
    rows, size = int(reading["rows"]), (training.batch_size if training else None) or 32
    rate = f" SGD({optimizer.learning_rate:g}) acts like {optimizer.learning_rate * size:.2g}." if optimizer.learning_rate else ""
    yield Hit(
        message=f"The loss adds up over the rows: {number(reading['loss'])} on {rows} rows, {number(reading['first'])} and "
        f"{number(reading['second'])} on each half. Each step is {size} times as large as with a mean over the batch.{rate}",
        evidence=dict(reading) | {"batch_size": size},
        where="loss",
        level=Evidence.CONTRADICTION if training is not None and training.nonfinite is not None else Evidence.MEASURED,
        fix=_mean(),
    )


def _mean() -> Fix:
    return Fix(
        name="mean-loss",
        title="Take the mean over the rows in place of the sum",
        code=code("""
            # in your loss: one value per row, of which Keras takes the mean
            return keras.ops.mean(..., axis=-1)        # in place of keras.ops.sum(...)
            # a loss of Keras: without reduction="sum"
        """),
    )
