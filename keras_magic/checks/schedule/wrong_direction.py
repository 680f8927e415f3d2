"""KM705 a callback that takes worse for better."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keras_magic import fixes
from keras_magic.assessment import curve, has_learned, number
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted

#: Parts of the names of metrics whose lower values, or higher values, are better.
FALLING = re.compile(r"loss|error|(^|_)(mse|mae|rmse|mape|msle|nll|kl|perplexity|hinge|crossentropy)(_|$)")
RISING = re.compile(
    r"(^|_)(acc|accuracy|auc|precision|recall|f1|iou|dice|r2|score|similarity)(_|$)|accuracy|r2_score|f1_score|mean_io_u"
)


@rule(
    "KM705",
    "wrong-direction",
    cause="epochs-too-few",
    severity="error",
    explains=("learning-rate-too-low", "capacity-too-small"),
    headline="a callback takes worse values for better ones",
)
def wrong_direction(training: TrainingFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """A callback that takes worse values for better ones.

    Looks for:
        EarlyStopping, ReduceLROnPlateau or ModelCheckpoint with mode="max" on a loss or an error, or mode="min" on an accuracy.
    Why:
        While the loss falls, the callback sees no improvement: it ends the training or cuts the learning rate after `patience`
        epochs, keeps the worst weights, and goes on while the network gets worse.
    Measured:
        The comparison that each callback used, the name of the metric that it follows, and how that metric went.
    Bad:
        keras.callbacks.EarlyStopping(monitor="val_loss", mode="max", patience=3)
    Good:
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=3)        # mode="auto" knows losses and accuracies
    Fix:
        mode="min" for losses and errors, mode="max" for scores.
    Ignore when:
        The metric is a function of your own whose name says the opposite of what it is.
    Sources:
        keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau (mode).
    """
    for callback in training.callback_settings:
        should = _should_fall(callback)
        if should is None or callback.get("falls") is None or callback["falls"] == should:
            continue
        name, values = callback["monitor"], curve(training, callback["monitor"])
        did = _did(callback, training)
        if not did and has_learned(outcome):
            continue
        went = f" It went from {number(values[0])} to {number(values[-1])}." if len(values) > 1 else ""
        yield Hit(
            message=f"{callback['class']} takes {'higher' if should else 'lower'} values of {name} for better, and lower ones are "
            f"{'better' if should else 'worse'}.{went}{did}",
            evidence={k: v for k, v in callback.items() if v is not None},
            where=callback["class"],
            level=Evidence.CONTRADICTION if did else Evidence.STRONG,
            severity="error" if did else "warning",
            fix=fixes.turn_callback(callback["class"], name, "min" if should else "max"),
        )


def _should_fall(callback: Mapping[str, Any]) -> bool | None:
    name = callback["monitor"].removeprefix("val_").lower()
    falling, rising = bool(FALLING.search(name)), bool(RISING.search(name))
    return None if falling == rising else falling


def _did(callback: Mapping[str, Any], training: TrainingFacts) -> str:
    """What the callback did to the training, in words; "" where nothing is known of it."""
    done, asked, rates = training.epochs_done, training.epochs_asked, training.learning_rates
    if callback["class"] == "EarlyStopping" and done < asked and callback.get("stopped_epoch"):
        return f" It ended the training after {done} of {counted(asked, 'epoch')}."
    if callback["class"] == "ReduceLROnPlateau" and len(rates) > 1 and rates[-1] < 0.5 * rates[0]:
        return f" It cut the learning rate from {number(rates[0])} to {number(rates[-1])}."
    return ""
