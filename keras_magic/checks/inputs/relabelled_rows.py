"""KM133 the same input with another target in each epoch."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule


@rule(
    "KM133",
    "relabelled-rows",
    cause="misaligned-labels",
    severity="error",
    explains=("label-noise", "epochs-too-few", "epochs-too-many", "learning-rate-too-low", "capacity-too-small"),
    headline="inputs and targets are shuffled apart",
)
def relabelled_rows(data: DataFacts, *, share: float = 0.1) -> Iterator[Hit]:
    """Inputs that come with another target when the data is read again.

    Looks for:
        A PyDataset or a tf.data.Dataset that gives the same inputs with other targets in another epoch.
    Why:
        The inputs are shuffled and the targets are not, or each of them by itself. What a network learns in one epoch is wrong
        in the next: it can only learn how often each target occurs.
    Measured:
        Up to 2,048 rows read before the training and after it; rows that are nearly the same (closer than a quarter of the usual
        distance to the nearest other row), and whether their targets are.
    Bad:
        x, y = self.x[self.indices[part]], self.y[part]; tf.data.Dataset.zip((xs.shuffle(1000), ys.shuffle(1000)))
    Good:
        x, y = self.x[self.indices[part]], self.y[self.indices[part]]; tf.data.Dataset.zip((xs, ys)).shuffle(1000)
    Fix:
        One permutation for both: index inputs and targets alike, or zip first and shuffle then.
    Ignore when:
        Targets are drawn at random on purpose.
    Sources:
        Keras guide "PyDataset"; tf.data guide (shuffle after zip); Keras issue 4225.
    """
    if data.relabelled < share:
        return
    yield Hit(
        message=f"Read again after the training, {percent(data.relabelled)} of the inputs that came again had another target than "
        "before: inputs and targets are shuffled apart.",
        evidence={"relabelled": data.relabelled},
        where=data.targets[0].name if data.targets else "",
        level=Evidence.CONTRADICTION,
        fix=Fix(
            name="shuffle-together",
            title="Shuffle inputs and targets with one permutation",
            code="# where the batches are made: index both alike, x[indices[part]] and y[indices[part]]\n"
            "# tf.data: Dataset.zip((xs, ys)).shuffle(...), not a shuffle of each",
        ),
    )
