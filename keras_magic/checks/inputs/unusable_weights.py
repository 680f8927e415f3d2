"""KM114 sample weights that switch the training off."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import number, percent
from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM114", "unusable-weights", cause="class-imbalance", severity="error", headline="sample weights switch the training off")
def unusable_weights(data: DataFacts, *, zeros: float = 0.9, size: float = 100.0) -> Iterator[Hit]:
    """Sample weights that switch the training off.

    Looks for:
        Weights that are negative, nearly all zero, or with a mean far from 1.
    Why:
        Rows of weight 0 are not learned from; a negative weight makes the network worse on its row without bound; a mean of 100
        multiplies the learning rate of SGD by 100.
    Measured:
        Minimum, maximum, mean and zeros of sample_weight.
    Bad:
        model.fit(x, y, sample_weight=-log_p)
    Good:
        model.fit(x, y, sample_weight=w / w.mean())
    Fix:
        Make them positive, and divide by their mean.
    Ignore when:
        Most rows are masked on purpose.
    Sources:
        keras.Model.fit: sample_weight.
    """
    weights = data.weights
    if not weights:
        return
    problem = None
    if weights["min"] < 0:
        problem = (f"sample_weight has negative values (down to {number(weights['min'])}).", "error", Evidence.MEASURED)
    elif weights["max"] == 0:
        problem = ("Every sample_weight is 0: nothing is learned from.", "error", Evidence.CONTRADICTION)
    elif weights["zeros"] > zeros:
        problem = (f"{percent(weights['zeros'])} of the sample weights are 0.", "warning", Evidence.PLAUSIBLE)
    elif not 1 / size < weights["mean"] < size:
        problem = (
            f"The sample weights have mean {number(weights['mean'])}; it multiplies every gradient.",
            "warning",
            Evidence.PLAUSIBLE,
        )
    if problem is not None:
        message, severity, level = problem
        yield Hit(message=message, evidence=dict(weights), where="sample_weight", severity=severity, level=level)
