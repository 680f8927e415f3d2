"""KM801 network too large for the data."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import POOR, best_epoch, curve, reached, train_gap
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule


@rule("KM801", "overfitting", cause="capacity-too-large", severity="warning")
def overfitting(
    data: DataFacts, model: ModelFacts, training: TrainingFacts, outcome: OutcomeFacts, *, gap: float = 0.12, per_row: float = 5.0
) -> Iterator[Hit]:
    """A network that memorises: far better on training rows than on validation rows.

    Looks for:
        A clear gap between training and validation skill in a network with many more weights than rows, which knows its training
        rows well.
    Why:
        With enough weights per row a network can store the rows instead of what they have in common.
    Measured:
        Skill (0: trivial answer, 1: perfect) on training against validation rows; trainable weights per training row; whether
        simple models reach more on the validation rows.
    Bad:
        Dense(2048) -> Dense(2048) -> Dense(1) on 200 rows
    Good:
        Dense(16) -> Dropout(0.3) -> Dense(1) on 200 rows
    Fix:
        Fewer units, dropout or weight decay, augmentation, more data, early stopping.
    Ignore when:
        Validation keeps improving all the same, as very large networks do.
    Sources:
        Srivastava et al. 2014, Dropout (JMLR 15); Belkin et al. 2019 (arXiv 1812.11118) for when it does not hold.
    """
    rows, weights = data.rows or data.rows_seen, model.trainable_parameters
    difference = train_gap(outcome)
    if difference < gap or not rows or weights / rows < per_row or (outcome.train or 0.0) < POOR:
        return
    values = curve(training, "val_loss")
    turned = len(values) >= 4 and best_epoch(values) <= 0.6 * len(values) and values[-1] > 1.1 * min(values)
    behind = outcome.attainable is not None and outcome.validation is not None and outcome.attainable > outcome.validation + 0.05
    if not turned and not behind:
        return
    yield Hit(
        message=f"{reached(outcome)}: {weights:,} trainable weights for {rows:,} rows memorise them.",
        evidence={"weights": weights, "rows": rows, "train": outcome.train, "validation": outcome.validation},
        severity="error" if difference > 0.25 and behind else None,
        level=Evidence.STRONG if weights / rows > 100 else Evidence.PLAUSIBLE,
        fix=fixes.narrow(factor=0.25),
        claims=(Claim("network", "too large"),),
    )
