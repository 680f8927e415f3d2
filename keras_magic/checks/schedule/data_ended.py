"""KM707 the data ended before the training did."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.facts import DataFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM707", "data-ended", cause="data-ended", severity="error")
def data_ended(training: TrainingFacts, data: DataFacts | None = None, *, share: float = 0.75, empty: float = 0.5) -> Iterator[Hit]:
    """Data that ended before the training did.

    Looks for:
        Epochs without steps, or with hardly any, after the first one: a generator or a Dataset that gives its batches once.
    Why:
        A generator is empty after one pass. Keras warns once ("Your input ran out of data") and goes on: the later epochs train on
        next to nothing, however many there are.
    Measured:
        Steps of each epoch, and updates made against updates asked for (`steps_per_epoch`, else the steps of the first epoch).
    Bad:
        model.fit(batches(), steps_per_epoch=32, epochs=20)   # batches() yields 32 batches and ends
    Good:
        def batches():
            while True: ...
    Fix:
        A generator that starts again by itself, `Dataset.repeat()`, or a `keras.utils.PyDataset`.
    Ignore when:
        Epochs are meant to differ in length.
    Sources:
        keras.Model.fit, argument steps_per_epoch.
    """
    steps, per_epoch = training.epoch_steps, training.steps_per_epoch
    if len(steps) < 2 or not steps[0] or training.interrupted:
        return
    usual = per_epoch or steps[0]
    short = [n for n in steps[1:] if n < empty * usual]
    if sum(steps) >= share * usual * len(steps) or len(short) < empty * (len(steps) - 1):
        return
    kind = data.kind if data is not None else "generator"
    yield Hit(
        message=f"The data ended after {counted(steps[0], 'step')}: most of the {len(steps) - 1} later epochs had "
        f"fewer than half of the {usual:,} steps that an epoch should have.",
        evidence={"steps": list(steps[:12]), "asked": usual * training.epochs_asked, "made": training.steps_done},
        where="x",
        level=Evidence.CONTRADICTION,
        fix=fixes.repeat_data(kind=kind),
    )
