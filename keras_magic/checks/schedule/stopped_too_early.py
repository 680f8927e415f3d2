"""KM706 training that early stopping ended too early."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import curve, is_failing, number, tail_slope
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM706", "stopped-too-early", cause="epochs-too-few", severity="warning", headline="early stopping ended the training too early"
)
def stopped_too_early(training: TrainingFacts, outcome: OutcomeFacts | None = None, *, slope: float = 0.12) -> Iterator[Hit]:
    """Early stopping while the network was still learning.

    Looks for:
        EarlyStopping that ended the training of a network that has not learned, while its training loss was still falling.
    Why:
        With a patience of one or two epochs a single bad validation epoch ends everything; with a `min_delta` larger than what an
        epoch gains, or a metric that moves in steps (an accuracy on few rows), every epoch counts as no improvement.
    Measured:
        The epoch at which the callback stopped, its settings, the fall of the training loss over the last quarter of the epochs. A
        paired trial without the callback decides.
    Bad:
        keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=1)
    Good:
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
    Fix:
        More patience, min_delta=0, and the loss as the monitor.
    Ignore when:
        The validation loss rises while the training loss falls: then the network overfits, and stopping is right.
    Sources:
        Prechelt 1998, Early Stopping - But When? (Neural Networks: Tricks of the Trade).
    """
    stop = next((c for c in training.callback_settings if c["class"] == "EarlyStopping" and c.get("stopped_epoch")), None)
    losses, held = curve(training, "loss"), curve(training, "val_loss")
    if stop is None or training.epochs_done >= training.epochs_asked or not is_failing(outcome, training) or training.nonfinite:
        return
    if len(losses) < 2 or losses[-1] >= losses[0] or (len(losses) > 3 and tail_slope(losses) < slope):
        return
    if len(held) > 3 and held[-1] > min(held) + 0.1 * abs(min(held)):
        return
    patience, delta = stop.get("patience"), stop.get("min_delta") or 0.0
    settings = f"patience={patience}" + (f", min_delta={abs(delta):g}" if delta else "")
    yield Hit(
        message=f"EarlyStopping (monitor={stop['monitor']!r}, {settings}) ended the training after {training.epochs_done} of "
        f"{counted(training.epochs_asked, 'epoch')}, while the training loss was still falling ({number(losses[0])} to "
        f"{number(losses[-1])}).",
        evidence={k: v for k, v in stop.items() if v is not None},
        where="EarlyStopping",
        level=Evidence.PLAUSIBLE,
        fix=fixes.patient_stopping(),
    )
