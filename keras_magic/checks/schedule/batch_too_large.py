"""KM701 batch too large."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import is_failing
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM701", "batch-too-large", cause="batch-size", severity="warning", headline="the batch is too large")
def batch_too_large(
    training: TrainingFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, steps: int = 8, updates: int = 300
) -> Iterator[Hit]:
    """A batch so large that there are hardly any updates.

    Looks for:
        Few steps per epoch (nearly the whole data in one batch) and few updates in all, in a network that has not learned.
    Why:
        The weights move once per batch. With a handful of updates the epochs run out before anything is learned.
    Measured:
        Rows, batch size, steps per epoch and updates done; a paired trial with batches of 32 decides.
    Bad:
        model.fit(x, y, batch_size=len(x), epochs=20)
    Good:
        model.fit(x, y, batch_size=32, epochs=20)
    Fix:
        A batch of 32 to 128 rows, or many more epochs.
    Ignore when:
        Full-batch training is meant and runs long enough.
    Sources:
        Masters and Luschi 2018, Revisiting Small Batch Training (arXiv 1804.07612).
    """
    size, per_epoch = training.batch_size, training.steps_per_epoch
    if not size or not per_epoch or size < 64 or per_epoch > steps or training.steps_done > updates:
        return
    if not is_failing(outcome, training):
        return
    yield Hit(
        message=f"Batches of {size} rows give {counted(per_epoch, 'update')} per epoch, {training.steps_done} in all.",
        evidence={"batch_size": size, "steps_per_epoch": per_epoch, "updates": training.steps_done, "rows": data.rows},
        where="batch_size",
        level=Evidence.PLAUSIBLE if training.steps_done <= 100 else Evidence.HINT,
        fix=fixes.set_batch_size(size=32),
        claims=(Claim("updates", "counted", (training.steps_done,)), Claim("batch", "too large")),
    )
