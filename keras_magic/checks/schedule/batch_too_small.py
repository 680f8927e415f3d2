"""KM702 batch too small."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import about, is_failing
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM702", "batch-too-small", cause="batch-size", severity="warning", headline="the batch is too small")
def batch_too_small(
    training: TrainingFacts, outcome: OutcomeFacts | None = None, *, size: int = 4, noise: float = 20.0
) -> Iterator[Hit]:
    """A batch so small that every step is mostly noise.

    Looks for:
        Batches of one to four rows whose gradient is mostly noise, in a network that has not learned.
    Why:
        Each step then follows the accidents of a few rows: the loss jumps, BatchNormalization gets useless statistics, and an
        epoch takes far longer than it needs.
    Measured:
        Batch size against the gradient noise scale (rows needed for a gradient that is more signal than noise).
    Bad:
        model.fit(x, y, batch_size=1)
    Good:
        model.fit(x, y, batch_size=32)
    Fix:
        A batch of 32, and the learning rate found again for it.
    Ignore when:
        Rows are huge (large images, long sequences) and the learning rate is small enough.
    Sources:
        McCandlish et al. 2018, An Empirical Model of Large-Batch Training (arXiv 1812.06162).
    """
    batch = training.batch_size
    if not batch or batch > size or training.steps_done < 100 or not is_failing(outcome, training):
        return
    noisy = training.noise_scale is not None and training.noise_scale > noise * batch
    rows = counted(batch, "row")
    if noisy:
        message = (
            f"Each step is mostly noise: a batch has {rows}, and the gradient noise scale is {about(training.noise_scale)} rows."
        )
    else:
        message = f"A batch has {rows}: each step follows the accidents of so few."
    yield Hit(
        message=message,
        evidence={"batch_size": batch, "noise_scale": training.noise_scale},
        where="batch_size",
        level=Evidence.PLAUSIBLE,
        fix=fixes.set_batch_size(size=32),
        claims=(Claim("batch", "noisy"), Claim("batch", "too small")),
        needs_proof=not noisy,
    )
