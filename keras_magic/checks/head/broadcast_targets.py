"""KM417 targets that broadcast against the predictions."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import is_failing
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM417",
    "broadcast-targets",
    cause="input-shape",
    severity="warning",
    headline="the shapes of targets and predictions do not fit",
)
def broadcast_targets(
    data: DataFacts, model: ModelFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None
) -> Iterator[Hit]:
    """Targets of shape (rows,) against predictions of shape (rows, 1).

    Looks for:
        A training step of one's own in a network with one output unit and targets without that axis, which has not learned.
    Why:
        Keras' losses align the two shapes; arithmetic in a step of one's own does not. `y - prediction` then has the shape
        (rows, rows): every prediction is compared with every target, and the best answer is the mean for all.
    Measured:
        Shapes of targets and outputs, whether the class overrides `train_step`, and the outcome.
    Bad:
        loss = tf.reduce_mean((y - self(x)) ** 2)  # y: (32,), self(x): (32, 1)
    Good:
        loss = self.compute_loss(x, y, self(x, training=True))
    Fix:
        Give y the shape (rows, 1), or use compute_loss.
    Ignore when:
        The step aligns the shapes itself.
    Sources:
        NumPy documentation: broadcasting; Keras guide: customizing what happens in fit.
    """
    if not model.custom_train_step or len(data.targets) != 1 or len(model.heads) != 1 or not is_failing(outcome, training):
        return
    target, head = data.targets[0], model.heads[0]
    if head.units != 1 or target.shape != () or (head.shape and head.shape != (1,)):
        return
    yield Hit(
        message="The targets have the shape (rows,), the predictions (rows, 1), and the training step is your own: "
        "their difference has the shape (rows, rows).",
        evidence={"target_shape": target.shape, "units": head.units},
        where=target.name,
        level=Evidence.PLAUSIBLE,
        fix=fixes.align_targets(),
    )
