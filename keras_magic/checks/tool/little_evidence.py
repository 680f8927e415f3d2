"""KM902 too little evidence."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule("KM902", "little-evidence", cause="tool", severity="info")
def little_evidence(
    training: TrainingFacts, outcome: OutcomeFacts | None = None, data: DataFacts | None = None, model: ModelFacts | None = None
) -> Iterator[Hit]:
    """The diagnosis could not see enough to judge.

    Looks for:
        A training that ended before its first steps, or an outcome that could not be measured.
    Why:
        Silence then means "not seen", not "healthy".
    Measured:
        Steps done, and whether predictions and targets could be compared.
    Bad:
        model.fit(endless_generator, steps_per_epoch=1, epochs=1)
    Good:
        model.fit(x, y, epochs=10)
    Fix:
        Train a little longer, or give validation data as arrays.
    Ignore when:
        It was a trial run on purpose.
    Sources:
        This project.
    """
    if training.exception:
        return
    if training.steps_done < 5:
        yield Hit(message=f"Seen: {counted(training.steps_done, 'training step')}, too few to judge.", level=Evidence.HINT)
    elif outcome is not None and outcome.train is None and outcome.validation is None:
        reason = outcome.missing[0] if outcome.missing else "unknown task"
        yield Hit(message=f"How well the network does could not be measured ({reason}).", level=Evidence.HINT)
