"""KM690 gradients that are never cleared."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM690", "carried-gradients", cause="gradient-state", severity="error", headline="gradients are never cleared")
def carried_gradients(loop: LoopFacts, *, fewest: int = 5, share: float = 0.5) -> Iterator[Hit]:
    """Gradients of a step that are added to those of the steps before.

    Looks for:
        Gradients of an earlier update that still lie where the next ones are added, in at least half of the updates: in `.grad`
        (torch), in the variables or the list in which a loop gathers the gradients of micro-batches.
    Why:
        torch adds each gradient to what lies in `.grad`, and so does a loop that gathers gradients. Without `zero_grad`, or zeros
        after each update, each update uses the sum of all gradients since the first step: old ones, of weights long gone,
        outweigh the new one, and training overshoots and oscillates.
    Measured:
        Identity and version of each `.grad` before `backward`, against those that the last update used; whether the variables
        that a compiled step adds gradients to, and that the last update used, are zero when it adds the next, and whether anything
        is ever done to them but to add; whether an applied gradient is the one before it with the new ones.
    Bad:
        for total, g in zip(totals, tape.gradient(loss, variables)):
            total.assign_add(g / 4)
        if step % 4 == 0:
            optimizer.apply([total.value() for total in totals], variables)
    Good:
        if step % 4 == 0:
            optimizer.apply([total.value() for total in totals], variables)
            for total in totals:
                total.assign(tf.zeros_like(total))
    Fix:
        Zeros in place of the gathered gradients after each update; on torch `model.zero_grad()` before `backward`.
    Ignore when:
        Never; gradients that are accumulated on purpose are cleared after each update.
    Sources:
        PyTorch documentation: torch.optim.Optimizer.zero_grad; Keras guide: writing a training loop from scratch in PyTorch;
        Keras documentation: Optimizer, gradient_accumulation_steps.
    """
    if loop.never_cleared:
        yield Hit(
            message=f"The optimizer is given, for {len(loop.never_cleared)} weights ({listed(loop.never_cleared, 3)}), what the "
            "loop gathers in variables. It only ever adds to these: each update takes the sum of all gradients so far.",
            evidence={"never_cleared": list(loop.never_cleared), "updates": loop.updates},
            where=loop.name,
            level=Evidence.CONTRADICTION,
            fix=_clear(loop),
        )
        return
    if loop.followed < fewest or loop.carried < share * loop.followed:
        return
    where = "in `.grad`" if loop.backend == "torch" else "where the loop gathers them"
    yield Hit(
        message=f"In {loop.carried:,} of the {loop.followed:,} updates of {loop.name} that were looked at, the gradients of an "
        f"earlier update were still {where} when the new ones were added: the optimizer got sums over past steps.",
        evidence={"carried": loop.carried, "followed": loop.followed},
        where=loop.name,
        level=Evidence.CONTRADICTION,
        fix=_clear(loop),
    )


def _clear(loop: LoopFacts) -> Fix:
    if loop.backend == "torch":
        own = loop.name if loop.name.isidentifier() else "optimizer"
        code = f"{own}.zero_grad()  # in the step, before loss.backward()"
        return Fix(name="clear-gradients", title="Clear the gradients before each backward pass", code=code)
    code = "totals = [keras.ops.zeros_like(total) for total in totals]  # after each update; totals: the gathered gradients"
    if loop.compiled:
        code = "for total in totals:  # the variables that gather the gradients\n    total.assign(tf.zeros_like(total))"
    return Fix(name="clear-gradients", title="Clear the gathered gradients after each update", code=code)
