"""KM414 a metric that does not fit the task."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.head._pairs import MANY, REGRESSION, Pair, pairs
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

_ACCURACY = ("accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")

_OF_SEVERAL = ("sparse_categorical_accuracy", "categorical_accuracy", "sparse_top_k_categorical_accuracy")


@rule("KM414", "unfit-metric", cause="metric-mismatch", severity="warning")
def unfit_metric(
    model: ModelFacts, data: DataFacts, training: TrainingFacts | None = None, outcome: OutcomeFacts | None = None
) -> Iterator[Hit]:
    """A metric that does not measure what is learned.

    Looks for:
        Accuracy on quantities; the accuracy of several units on one; class accuracy on independent labels; column-wise accuracy
        on one-hot rows; the accuracy of another label form; accuracy alone where one class has nine tenths of the rows and the
        network does no better than to give that class.
    Why:
        Accuracy counts exact hits, which quantities never have: it stays near 0 however good the network is. Column-wise
        accuracy is high from the start. Callbacks that watch such a metric stop the training or keep the wrong weights.
    Measured:
        Metrics of each output against the form of its target; the accuracy against the share of the commonest class; which
        callbacks were in use and whether they ended the training.
    Bad:
        model.compile("adam", "mse", metrics=["accuracy"])
    Good:
        model.compile("adam", "mse", metrics=["mae"])
    Fix:
        A metric for the kind of target.
    Ignore when:
        Nobody looks at the metric; the training itself does not use it.
    Sources:
        StackOverflow 51181393, 41327601; keras.metrics.
    """
    watching = training is not None and any(
        c in ("EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint") for c in training.callbacks
    )
    ended = training is not None and watching and training.epochs_done < training.epochs_asked and not training.exception
    yield from _hides_the_rare(model, data, outcome)
    for pair in pairs(model, data):
        for metric in pair.head.metrics:
            problem = _problem(pair, metric)
            if problem is None:
                continue
            message, better = problem
            blind = _is_blind(pair, metric)
            acted = ended and metric in _ACCURACY and better == "mean_absolute_error"
            yield Hit(
                message=message
                + (f" Training ended after {training.epochs_done} epochs on a callback." if acted and training else ""),
                evidence={"metric": metric, "form": pair.target.form, "loss": pair.loss, "callback": watching, "ended": acted},
                where=pair.output,
                severity="warning" if blind else _severity(outcome, acted, watching),
                level=Evidence.MEASURED if blind or acted else Evidence.PLAUSIBLE,
                fix=fixes.replace_metric(better, output=pair.output),
            )


def _hides_the_rare(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None, common: float = 0.9, trifle: float = 0.01
) -> Iterator[Hit]:
    """Accuracy alone, which is no better than that of the commonest class in every row, and looks good all the same."""
    accuracy = outcome.accuracy if outcome is not None else {}
    reached, largest = accuracy.get("validation", accuracy.get("train")), accuracy.get("majority", 0.0)
    metrics = [metric for head in model.heads for metric in head.metrics]
    alone = bool(metrics) and {*metrics} <= {*_ACCURACY}
    if has_learned(outcome) or reached is None or not alone or not common <= largest < 1 or abs(reached - largest) > trifle:
        return
    yield Hit(
        message=f"The accuracy of {reached:.3f} is that of giving every row the commonest class ({largest:.3f}): it does not show "
        "whether the rare class is found.",
        evidence={"accuracy": reached, "largest": largest},
        severity="info",
        level=Evidence.MEASURED,
        fix=Fix(
            name="watch-rare-class",
            title="Watch recall, precision or the area under the curve beside the accuracy",
            code="metrics=[keras.metrics.Recall(), keras.metrics.Precision(), keras.metrics.AUC(curve='PR')]   # in compile",
        ),
        headline="accuracy does not show the rare class",
    )


def _is_blind(pair: Pair, metric: str) -> bool:
    """It compares units, and there is one."""
    return pair.units == 1 and metric in _OF_SEVERAL


def _severity(outcome: OutcomeFacts | None, acted: bool, watching: bool) -> str:
    if has_learned(outcome):
        return "info"
    return "error" if acted else "warning" if watching else "info"


def _problem(pair: Pair, metric: str) -> tuple[str, str] | None:
    if _is_blind(pair, metric) and pair.width == 1:
        return f"{metric} asks which unit is the largest, and there is one: it says class 0 in every row.", "binary_accuracy"
    form, columns = pair.target.form, pair.width > 1
    whole_number = form == "integer" and (len(pair.target.classes) > MANY or (pair.loss in REGRESSION and pair.units == 1))
    quantity = form == "continuous" or whole_number
    if metric in _ACCURACY and quantity and (pair.loss in REGRESSION or pair.loss in ("poisson", "custom")):
        return "Accuracy counts exact hits, which a regression has none of.", "mean_absolute_error"
    if metric in ("accuracy", "categorical_accuracy") and form == "multi-hot" and columns:
        return "This accuracy compares only the largest column, but several labels can be true.", "binary_accuracy"
    if metric == "binary_accuracy" and form == "one-hot" and pair.width > 2:
        return f"binary_accuracy counts all {pair.width} columns, most of which are 0 in every row.", "categorical_accuracy"
    if metric == "categorical_accuracy" and pair.labels and (pair.units or 0) > 1:
        return "categorical_accuracy needs one-hot rows; the labels are class numbers.", "sparse_categorical_accuracy"
    if metric == "sparse_categorical_accuracy" and form == "one-hot" and columns:
        return "sparse_categorical_accuracy needs class numbers; the labels are one-hot rows.", "categorical_accuracy"
    return None
