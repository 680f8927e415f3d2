"""KM704 too many epochs."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from keras_magic import fixes
from keras_magic.assessment import best_epoch, curve, has_learned, number, train_gap
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Claim, Evidence, Hit
from keras_magic.rules import rule


@rule("KM704", "too-many-epochs", cause="epochs-too-many", severity="warning")
def too_many_epochs(
    training: TrainingFacts, outcome: OutcomeFacts | None = None, *, rise: float = 0.15, patience: int = 3
) -> Iterator[Hit]:
    """Training that went on after validation had turned.

    Looks for:
        A validation loss that reached its best epoch and then rose while the training loss fell, with nothing to stop it.
    Why:
        From its best epoch on the network memorises the training rows; what it predicts for new ones gets worse.
    Measured:
        Best epoch of val_loss; the mean of the last three epochs against it, relative to the whole fall before it.
    Bad:
        model.fit(x, y, epochs=200, validation_split=0.2)
    Good:
        model.fit(x, y, epochs=200, validation_split=0.2,
                  callbacks=[keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)])
    Fix:
        `EarlyStopping(restore_best_weights=True)`.
    Ignore when:
        Only the confidence of right answers grows (accuracy holds) and calibrated probabilities do not matter.
    Sources:
        Prechelt 1998, Early Stopping - But When?; Keras documentation of EarlyStopping.
    """
    values, train = curve(training, "val_loss"), curve(training, "loss")
    if len(values) < patience + 2 or len(train) != len(values) or "EarlyStopping" in training.callbacks:
        return
    best = best_epoch(values)
    lowest, last = values[best - 1], fmean(values[-patience:])
    fall = max(values[0] - lowest, 0.1 * abs(lowest), 1e-12)
    rose, relative = (last - lowest) / fall, last / lowest - 1 if lowest > 0 else 0.0
    if len(values) - best < patience or relative < rise or rose < rise or train[-1] > train[best - 1]:
        return
    severe = relative > 0.5 and not has_learned(outcome)
    yield Hit(
        message=f"Validation was best in epoch {best} of {len(values)} (val_loss {number(lowest)}) and has risen to "
        f"{number(values[-1])} since, while the training loss fell to {number(train[-1])}.",
        evidence={"best_epoch": best, "epochs": len(values), "best": lowest, "last": values[-1], "train_gap": train_gap(outcome)},
        where="epochs",
        severity="error" if severe else None if relative > 0.3 or not has_learned(outcome) else "info",
        level=Evidence.STRONG if relative > 0.5 else Evidence.PLAUSIBLE,
        fix=fixes.add_early_stopping(patience=5),
        claims=(Claim("loss", "rising", (lowest, values[-1])), Claim("epochs", "too many")),
    )
