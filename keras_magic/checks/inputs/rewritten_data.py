"""KM135 a loader that writes into the data that it holds."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import is_failing, number
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM135",
    "rewritten-data",
    cause="preprocessing-mismatch",
    severity="warning",
    explains=(
        "label-noise",
        "epochs-too-few",
        "capacity-too-small",
        "epochs-too-many",
        "capacity-too-large",
        "learning-rate-too-low",
    ),
    headline="reading a batch changes the stored data",
)
def rewritten_data(data: DataFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None) -> Iterator[Hit]:
    """A loader that writes into the data that it holds.

    Looks for:
        A PyDataset that changes rows of its own arrays each time one and the same batch is read.
    Why:
        `self.x[first:last]` is a view, no copy: `batch *= gain`, `batch += noise` or `batch /= 255` changes the array. Each epoch
        augments or scales what the last one left, and the validation rows stay as they were.
    Measured:
        The first batch, read twice from a copy of the dataset: the rows of inputs in it that the second reading changed, and by how
        much. What changes the first time only, as a cache that is filled, is left out.
    Bad:
        batch = self.x[part]; batch *= rng.normal(1.0, 0.1, (len(batch), 1))
    Good:
        batch = self.x[part] * rng.normal(1.0, 0.1, (len(self.x[part]), 1))
    Fix:
        Work on a copy of the rows: batch = self.x[part].copy().
    Ignore when:
        The data is meant to drift, as a replay buffer does.
    Sources:
        NumPy user guide, Copies and views; Keras ImageDataGenerator.standardize, which says that it changes its batch in place.
    """
    if data.rewritten is None:
        return
    array, rows, change = (data.rewritten[key] for key in ("array", "rows", "change"))
    done = counted(training.epochs_done, "epoch") if training is not None and training.epochs_done else ""
    yield Hit(
        message=f"Each time the first batch is read, {counted(rows, 'row')} of the array `{array}` that the dataset holds change "
        f"(the second time by {number(change, 2)} standard deviations): a slice of an array is a view of it, and what is done to "
        + (f"it stays. So the changes of {done} add up." if done else "it stays."),
        evidence=dict(data.rewritten),
        where=array,
        severity="error" if is_failing(outcome, training) else "warning",
        level=Evidence.MEASURED,
        fix=Fix(
            name="copy-rows",
            title="Change a copy of the rows",
            code=f"# in __getitem__: batch = self.{array}[first:last].copy(), and only then batch *= ..., batch += ...\n"
            "# create the arrays once more as well: those of this session have been changed",
        ),
    )
