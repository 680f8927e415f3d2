"""KM484 a loss without a least value."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from keras_magic.assessment import about, finite
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM484", "unbounded-loss", cause="loss-mismatch", severity="error", headline="the loss has no least value")
def unbounded_loss(loop: LoopFacts, *, times: float = 10.0, fewest: int = 50) -> Iterator[Hit]:
    """A loss without a least value.

    Looks for:
        A loop that trains one thing, with a loss that ends far below zero, more than ten times as far from it as it began, and
        that fell at least as much in the second half of the updates as in the first.
    Why:
        An error, a divergence or a distance has a least value; training slows down as it comes near. A loss that falls ever faster
        has none: a term has the wrong sign (`reconstruction - divergence`), or can be made as small as one likes (a distance that
        is to be large, without a margin). The optimizer spends everything on that term, and the others no longer count.
    Measured:
        What was differentiated: the medians of the first tenth of its values, of those in the middle, and of the last tenth.
    Bad:
        loss = reconstruction - 0.1 * ops.mean(kl)                      # the divergence is to be small, and grows
    Good:
        loss = reconstruction + 0.1 * ops.mean(kl)
    Fix:
        Look at each term of the loss by itself: one that is to be small is added; one that is to be large needs a bound, such as
        the margin of a hinge, `ops.relu(near - far + 1.0)`.
    Ignore when:
        What is maximised may grow without limit, such as the value of an objective of your own.
    Sources:
        Kingma and Welling 2014, Auto-Encoding Variational Bayes (arXiv 1312.6114): the divergence is subtracted from the bound that
        is maximised; Schroff et al. 2015, FaceNet (arXiv 1503.03832): the margin of the triplet loss; Kendall and Gal 2017
        (arXiv 1703.04977): the logarithm of the variance is added.
    """
    losses = finite(loop.losses)
    if loop.others or len(losses) < fewest:
        return
    tenth, half = max(3, len(losses) // 10), len(losses) // 2
    first, middle, last = (median(part) for part in (losses[:tenth], losses[half - tenth // 2 :][:tenth], losses[-tenth:]))
    if last >= 0 or abs(last) < times * abs(first) or not first - middle > 0 or middle - last < first - middle:
        return
    yield Hit(
        message=f"The loss of {loop.name} went from {about(first)} through {about(middle)} to {about(last)}, and fell more in the "
        "second half than in the first: it has no least value. A part of it has the wrong sign, or can be made ever smaller, and "
        "the other parts no longer count.",
        evidence={"first": first, "middle": middle, "last": last},
        where=loop.name,
        level=Evidence.STRONG,
        fix=Fix(
            name="bound-the-loss",
            title="Look at each part of the loss: what is to be small is added, what is to be large needs a limit",
            code="loss = reconstruction + beta * divergence   # both are to be small: both are added\n"
            "loss = ops.mean(ops.relu(near - far + 1.0))  # a distance that is to be large, up to a margin",
        ),
    )
