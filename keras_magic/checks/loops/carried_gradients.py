"""KM690 gradients that are never cleared."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM690", "carried-gradients", cause="gradient-state", severity="error", headline="gradients are never cleared")
def carried_gradients(loop: LoopFacts, *, fewest: int = 5, share: float = 0.5) -> Iterator[Hit]:
    """Gradients of a step that are added to those of the steps before (torch backend).

    Looks for:
        `backward` calls that find the gradient of an earlier update still in `.grad`, in at least half of the updates.
    Why:
        torch adds each gradient to what lies in `.grad`. Without `zero_grad` each update uses the sum of all gradients since the
        first step: old ones, of weights long gone, outweigh the new one, and training overshoots and oscillates.
    Measured:
        Identity and version of each `.grad` before `backward`, against those that the last update used.
    Bad:
        loss.backward()
        optimizer.apply([v.value.grad for v in variables], variables)
    Good:
        model.zero_grad()
        loss.backward()
        optimizer.apply([v.value.grad for v in variables], variables)
    Fix:
        `model.zero_grad()` before `backward`.
    Ignore when:
        Never; gradients that are accumulated on purpose are cleared after each update.
    Sources:
        PyTorch documentation: torch.optim.Optimizer.zero_grad; Keras guide: writing a training loop from scratch in PyTorch.
    """
    if loop.updates < fewest or loop.carried < share * loop.updates:
        return
    yield Hit(
        message=f"In {loop.carried:,} of {loop.updates:,} updates of {loop.name}, the gradient of an earlier update was still in "
        "`.grad` when `backward` was called, so that the new gradient was added to it: the optimizer got sums over past steps.",
        evidence={"carried": loop.carried, "updates": loop.updates},
        where=loop.name,
        level=Evidence.CONTRADICTION,
        fix=Fix(
            name="clear-gradients",
            title="Clear the gradients before each backward pass",
            code=f"{loop.name}.zero_grad()  # in the step, before loss.backward()"
            if loop.name.isidentifier()
            else "optimizer.zero_grad()  # in the step, before loss.backward()",
        ),
    )
