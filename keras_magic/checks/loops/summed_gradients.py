"""KM687 gradients of micro-batches added up, not averaged."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import number
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule

#: Optimizers whose step grows with the gradient; the others divide by its size.
_PROPORTIONAL = ("SGD",)


@rule(
    "KM687",
    "summed-gradients",
    cause="learning-rate-too-high",
    severity="warning",
    headline="accumulated gradients are not averaged",
)
def summed_gradients(loop: LoopFacts, *, fewest: int = 4) -> Iterator[Hit]:
    """Gradients of several micro-batches that are added up and applied without dividing by their number.

    Looks for:
        Several gradients per update, an update that takes exactly their sum, a loss that is itself a mean and was
        not divided, and an
        optimizer whose step grows with the gradient (SGD).
    Why:
        The sum of k gradients is k times as long as their mean: the learning rate acts as if it were k times as high. Adam and its
        like divide by the size of the gradient and hardly notice.
    Measured:
        Up to 512 values of one variable's gradients, micro-batch by micro-batch, against those that the optimizer got.
    Bad:
        total = [a + g for a, g in zip(total, gradients)]
        optimizer.apply(total, variables)
    Good:
        optimizer.apply([t / micro_batches for t in total], variables)
    Fix:
        Divide by the number of micro-batches, or use `gradient_accumulation_steps` of the optimizer, which averages.
    Ignore when:
        The learning rate was chosen for the sum.
    Sources:
        Keras 3 documentation: Optimizer, gradient_accumulation_steps; Goyal et al. 2017 (arXiv 1706.02677).
    """
    if (
        loop.optimizer not in _PROPORTIONAL
        or not loop.summed
        or loop.micro_steps < fewest
        or loop.loss_operation not in ("Loss", "Mean")
    ):
        return
    count, rate = round(loop.micro_steps), loop.learning_rate
    acts = f": the learning rate {number(rate)} acts like {number(rate * count)}" if rate else ""
    losses = loop.losses
    fell = len(losses) > 5 and losses[-1] < losses[0]
    yield Hit(
        message=f"Each update of {loop.name} takes the sum of the gradients of {count} micro-batches, each of a loss "
        f"that is a mean{acts}.",
        evidence={"micro_batches": count, "learning_rate": rate},
        where=loop.name,
        level=Evidence.CONTRADICTION if not fell else Evidence.PLAUSIBLE,
        severity="info" if fell else "error",
        fix=Fix(
            name="average-gradients",
            title="Divide by the number of micro-batches",
            code=f"optimizer.apply([t / {count} for t in total], variables)  # or SGD(..., gradient_accumulation_steps={count})",
        ),
    )
