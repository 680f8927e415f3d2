"""KM689 a discriminator that wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from keras_magic.assessment import about, finite
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM689", "judge-wins", cause="rival-wins", severity="warning", headline="the discriminator wins")
def judge_wins(loop: LoopFacts, *, sure: float = 0.05, lost: float = 3.0, fewest: int = 30) -> Iterator[Hit]:
    """A discriminator that separates everything, so that the generator learns no more.

    Looks for:
        Two networks with a loss of their own, one of which is called on the other's output; a cross-entropy of the judging one that
        has fallen to next to nothing, while the loss of the other one has grown to several times what it was, or is negative and
        next to nothing (`log(1 - D(G(z)))` at its flat end).
    Why:
        A discriminator that is always right and sure says "wrong" to everything alike. Where the generator minimises
        `log(1 - D)`, its gradient vanishes then; with the usual loss it stays large and points nowhere useful.
    Measured:
        What was differentiated for each network: the median of its first steps and of its last tenth.
    Bad:
        d_optimizer = keras.optimizers.Adam(1e-2); g_optimizer = keras.optimizers.Adam(1e-5)
    Good:
        d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5); g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
    Fix:
        A lower learning rate for the discriminator, or a higher one for the generator; noise or label smoothing (0.9 for real);
        a smaller discriminator; for the generator the loss on label 1 instead of log(1 - D).
    Ignore when:
        The discriminator is meant to win: a detector of fakes.
    Sources:
        Goodfellow et al. 2014, Generative Adversarial Nets, section 3; Arjovsky and Bottou 2017 (arXiv 1701.04862).
    """
    pair = loop.rival
    if pair is None or not pair.logarithmic or min(len(pair.judge_losses), len(pair.maker_losses)) < fewest:
        return
    judge, maker = _ends(pair.judge_losses), _ends(pair.maker_losses)
    saturated = -sure < maker[1] <= 0 and maker[0] < 2 * maker[1]
    grown = maker[1] > lost and maker[1] > 2 * maker[0]
    if not (0 <= judge[1] < sure and judge[1] < 0.2 * judge[0]) or not (grown or saturated):
        return
    course = f"went from {about(maker[0])} to {about(maker[1])}"
    why = "log(1 - D) is flat there: no gradient is left" if saturated else "it gets worse at deceiving, not better"
    yield Hit(
        message=f"{pair.judge} wins: its loss fell from {about(judge[0])} to {about(judge[1])}, it separates nearly all "
        f"that {pair.maker} makes "
        f"from the real data; the loss of {pair.maker} {course}: {why}.",
        evidence={"judge_loss": list(judge), "maker_loss": list(maker)},
        where=pair.judge,
        level=Evidence.STRONG,
        fix=Fix(
            name="weaken-the-judge",
            title="Slow the discriminator down, and smooth its labels",
            code="d_optimizer.learning_rate = 0.1 * float(d_optimizer.learning_rate)\n"
            "d_loss = loss_fn(0.9 * tf.ones_like(real_scores), real_scores) + loss_fn(tf.zeros_like(fake_scores), fake_scores)\n"
            "g_loss = loss_fn(tf.ones_like(fake_scores), fake_scores)  # label 1 for what the generator made",
        ),
    )


def _ends(losses: Sequence[float]) -> tuple[float, float]:
    """The median of the first values, and that of the last tenth."""
    values = finite(losses) or [float("nan")]
    return median(values[: max(3, len(values) // 50)]), median(values[-max(3, len(values) // 10) :])
