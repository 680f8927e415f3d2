"""KM686 updates of a loop that are far too large or too small."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from keras_magic.assessment import about, early, finite, number, percent
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM686", "update-size", cause="learning-rate-too-high", severity="warning", headline="updates are far too large")
def update_size(loop: LoopFacts, *, high: float = 0.2, low: float = 1e-5, grown: float = 10.0, fewest: int = 10) -> Iterator[Hit]:
    """Updates of a loop that change the weights by a large part of their size, or by next to nothing.

    Looks for:
        A median update of more than a fifth of the weights' size, or weights that grew tenfold, while the loss did not fall; all
        kernels together grown tenfold where the loss takes both signs and so does not tell whether it fell; or a median update of
        less than a hundred-thousandth.
    Why:
        Healthy updates are about a thousandth of the weights. Far larger ones throw away at each step what was learned before;
        far smaller ones need more steps than anybody makes.
    Measured:
        |update| / |weights| of each kernel at sampled updates (the largest of them), and what was differentiated.
    Bad:
        optimizer = keras.optimizers.Adam(5.0)
    Good:
        optimizer = keras.optimizers.Adam(1e-3)
    Fix:
        A learning rate that brings the ratio near a thousandth; `km.lr_find(step=..., data=..., optimizer=...)` measures one.
    Ignore when:
        Weights that start at zero: their first updates are large by nature.
    Sources:
        Bengio 2012, Practical recommendations (arXiv 1206.5533); Karpathy, CS231n notes: ratio of weights to updates; Andrychowicz
        et al. 2021, What matters in on-policy reinforcement learning (arXiv 2006.05990): the learning rate before all else.
    """
    ratios = loop.update_ratio[5:]  # the first updates of weights that start at zero are large by nature
    if len(ratios) < fewest:
        return
    usual = median(early(ratios, loop.ratio_steps[5:], share=0.5))
    rate = f" {number(loop.learning_rate)}" if loop.learning_rate else ""
    change = _change(loop)
    if change is not None and change >= 1 and (usual > high or loop.weight_growth > grown):
        text = f"One update of {loop.name} changes its weights by {percent(usual)} of their size"
        if loop.weight_growth > grown:
            text = f"The weights of {loop.name} grew to {about(loop.weight_growth)} times their size in {loop.updates:,} updates"
        yield _hit(loop, f"{text}, and the loss went to {about(change)} times its first values", rate, usual, change)
    elif change is None and loop.whole_growth > grown and _takes_both_signs(loop):
        text = f"The weights of {loop.name} grew to {about(loop.whole_growth)} times their size in {loop.updates:,} updates"
        yield _hit(loop, f"{text}, and its loss takes both signs, so that it does not tell what they are worth", rate, usual, None)
    elif 0 < usual < low and (change is None or change > 0.9):
        text = f"One update of {loop.name} changes its weights by {about(usual)} of their size: {loop.updates:,} of them by"
        yield _hit(loop, f"{text} {percent(usual * loop.updates)} at most", rate, usual, change)


def _change(loop: LoopFacts) -> float | None:
    """Median of the last tenth of the losses over the first one, or the median of the first three where that is lower (the first
    update alone can be the one that is too large); None where they are too few or change sign."""
    losses = finite(loop.losses)
    if len(losses) < 10 or min(losses) <= 0:
        return None
    return median(losses[-max(3, len(losses) // 10) :]) / min(losses[0], median(losses[:3]))


def _takes_both_signs(loop: LoopFacts) -> bool:
    losses = finite(loop.losses)
    return len(losses) >= 10 and min(losses) < 0 < max(losses)


def _hit(loop: LoopFacts, text: str, rate: str, usual: float, change: float | None) -> Hit:
    too_high = usual > 1e-3 if change is None else change >= 1 and usual > 1e-3
    better = (loop.learning_rate or 1e-3) * 1e-3 / max(usual, loop.update_ratio[0] if too_high else 0.0)
    word = "high" if too_high else "low"
    return Hit(
        message=f"{text}: the learning rate{rate} of {loop.optimizer} is too {word}.",
        evidence={"update_ratio": usual, "loss_change": change, "learning_rate": loop.learning_rate},
        where=loop.name,
        cause=None if too_high else "learning-rate-too-low",
        severity="error" if change is not None and change > 3 else "warning",
        level=Evidence.STRONG if too_high else Evidence.PLAUSIBLE,
        fix=Fix(
            name="set-learning-rate",
            title="A learning rate at which one update is about a thousandth of the weights",
            code=f"optimizer = keras.optimizers.{loop.optimizer}({float(f'{better:.1g}'):g})",
        ),
    )
