"""KM415 a threshold for probabilities on logits."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.head._pairs import BINARY, pairs
from keras_magic.facts import DataFacts, ModelFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM415", "metric-on-logits", cause="metric-mismatch", severity="info")
def metric_on_logits(model: ModelFacts, data: DataFacts) -> Iterator[Hit]:
    """An accuracy that takes logits for probabilities.

    Looks for:
        A head of logits under a binary cross-entropy, with an accuracy whose threshold is 0.5.
    Why:
        A logit of 0.5 is a probability of 0.62: rows between 0.5 and 0.62 are counted as the wrong class. The training itself is
        not touched.
    Measured:
        `from_logits` of the loss and the metric's threshold.
    Bad:
        metrics=["accuracy"]                                     # after Dense(1) without activation
    Good:
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]
    Fix:
        A threshold of 0.
    Ignore when:
        The predictions are far from the threshold.
    Sources:
        keras.metrics.BinaryAccuracy, argument threshold.
    """
    for pair in pairs(model, data):
        if pair.loss not in BINARY or not pair.head.from_logits or pair.activation != "linear":
            continue
        for metric in pair.head.metrics:
            threshold = pair.head.metric_options.get(metric, {}).get("threshold", 0.5)
            single = metric == "accuracy" and pair.units == 1
            if (metric == "binary_accuracy" or single) and threshold == 0.5:
                yield Hit(
                    message=f"{metric} uses the threshold 0.5, but the outputs are logits, whose middle is 0.",
                    evidence={"metric": metric, "threshold": threshold},
                    where=pair.output,
                    level=Evidence.PLAUSIBLE,
                    fix=fixes.replace_metric("binary_accuracy", threshold=0.0, output=pair.output),
                )
