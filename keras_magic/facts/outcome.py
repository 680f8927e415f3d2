"""How well the network did, the fits of one session, and what trials on copies measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_magic.facts.model import ModelFacts


@dataclass(frozen=True, kw_only=True)
class PartFacts:
    """One stage of a training of several fits, one fold, or one trial of a search.

    Args:
        title: what begins with it ("compiled again", "other data", ...), or which it is ("fold 3").
        fits, epochs, steps: in all; rows: training rows of its last fit, None where not known.
        rate: learning rate at its start; first_loss, last_loss: training loss of the first and the last epoch.
        settings: what a search tries in it; scores: last value of each curve; raised: type and message of the exception that
            ended it.
    """

    title: str
    fits: int = 1
    epochs: int = 0
    steps: int = 0
    rows: int | None = None
    rate: float | None = None
    first_loss: float | None = None
    last_loss: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    raised: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoryFacts:
    """How a training of several fits of one model went, or a set of trainings of models of one structure.

    Args:
        kind: "stages" (one model) | "folds" | "repetitions" (the same data, or other settings) | "search" (one call of a library).
        fits: calls of `fit` in all; parts: the stages, folds or trials, at most 40; left_out: how many more there are.
        diagnosed: index of the part that the findings speak of (sets); None for stages: they speak of all.
        metric: the curve whose last values are compared; mean, std, low, high: over the parts.
        trained_before: highest share of a fit's validation rows that an earlier fit had trained the same weights on, and that
            are not among its own training rows; in_fit: number of that fit (1-based).
        rotating: share of the training rows that any two fits have in common, where they train on different parts of the same rows,
            as folds do, without validation data; else 0.
        differing: sentences on what the trials that did not learn share.
        before: the model as it was until its layers were frozen or unfrozen between two fits; None where they were not.
    """

    kind: str
    fits: int
    parts: tuple[PartFacts, ...] = ()
    left_out: int = 0
    diagnosed: int | None = None
    metric: str = ""
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    trained_before: float = 0.0
    in_fit: int | None = None
    rotating: float = 0.0
    differing: tuple[str, ...] = ()
    before: ModelFacts | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeFacts:
    """How well the trained network does, on a scale that survives a change of loss: its *skill*.

    Skill is 0 for the trivial answer (majority class, mean) and 1 for a perfect one: (balanced) accuracy between chance
    and 1 for classification (less where the probabilities have hardly left the uniform answer), R² for regression, measured on at
    most a few thousand rows in inference mode.

    Args:
        task: "binary" | "multiclass" | "multilabel" | "regression" | "unknown".
        train, validation: skill per part, None if it could not be measured.
        accuracy: {"train", "validation", "majority"} for classification; "out_of_bag": of trees on training rows that they had not
            seen, where references were needed.
        reference: skill of simple models (scikit-learn) on held-out rows, name -> skill: "linear", "trees", "neighbours".
        attainable: the best of `reference` and `as_classes`, None when there is none.
        reference_is_lower_bound: the simple models see images as flat rows, and ids as numbers: a network for images, or with
            an Embedding of ids, can be expected to reach more.
        as_classes: for a regression onto a few whole numbers, the skill of trees that take them as classes; None elsewhere.
        per_class_recall: class -> recall on the validation (or training) rows, or on their elements where each has a class.
        per_class_ranking: class -> share of the pairs of one of its rows (elements) and another one in which its score is the
            higher one (area under the ROC curve): 0.5 where nothing tells it from the others, whatever the threshold.
        label_recall: label -> share of the validation (or training) rows with that label in which its output says so, for rows of
            independent labels.
        loss_reading: the compiled loss on some rows and on both halves of them, see `sources.losses`; empty where it
            cannot be called.
        quantiles: what a loss of the user's own asks for where it is 1 minus the quantiles that it holds: {"name", "given",
            "asked"}, see `sources.quantiles`; None elsewhere.
        accuracy_after_relabelling: accuracy on the validation rows after the best permutation of the predicted classes;
            None where there are no classes or no validation rows. Far above the accuracy: the labels of the two parts are coded
            differently.
        constant: predictions (nearly) the same for every row.
        unread: share of rows whose predictions do not change when all their values but the padding are exchanged for those of other
            rows; None where nothing is padded, where that was not measured, or where all predictions are the same.
        ahead: where the target of each step is the next value of its row: {"input": which one, "steps": of a row, "share": of rows
            whose outputs in the first half follow the values of the second}, see `sources.influence`; None elsewhere.
        nonfinite: share of the rows predicted (training and validation) whose outputs are NaN or infinite in part; above 0 no
            accuracy is given.
        prediction_range, target_range: (low, high).
    """

    task: str = "unknown"
    train: float | None = None
    validation: float | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)
    reference: Mapping[str, float] = field(default_factory=dict)
    attainable: float | None = None
    reference_is_lower_bound: bool = False
    as_classes: float | None = None
    per_class_recall: Mapping[str, float] = field(default_factory=dict)
    per_class_ranking: Mapping[str, float] = field(default_factory=dict)
    label_recall: Mapping[str, float] | None = None
    loss_reading: Mapping[str, float] | None = None
    quantiles: Mapping[str, Any] | None = None
    accuracy_after_relabelling: float | None = None
    constant: bool = False
    unread: float | None = None
    ahead: Mapping[str, float] | None = None
    nonfinite: float = 0.0
    prediction_range: tuple[float, float] | None = None
    target_range: tuple[float, float] | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RateFacts:
    """Where the learning rate stands: a range test and short paired trainings on copies (see `keras_magic.lr`).

    Args:
        current: the user's rate; suggestion: the best rate found; low, high: rates that are as good within noise.
        gain: how much further the loss falls at the suggestion than at the current rate, as a share of the larger fall (-1..1).
        learns: whether any rate lowers the loss, and by looking at the inputs; confident: the short trainings agree.
        lowers_loss: whether any rate lowers the loss at all, None where that is not known.
        seconds: time spent.
    """

    current: float
    suggestion: float
    low: float
    high: float
    gain: float = 0.0
    learns: bool = True
    confident: bool = True
    lowers_loss: bool | None = None
    seconds: float = 0.0

    @property
    def ratio(self) -> float:
        """Current rate / nearest rate of the good band: 1 inside it."""
        if self.current > self.high:
            return self.current / self.high
        return self.current / self.low if self.current < self.low else 1.0


NOT_FINITE = -1.0  # skill of predictions that are NaN or infinite: worse than any finite answer


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """One paired trial: the run as it is and the run with one change, same seeds, same number of steps, on copies.

    Args:
        name: the fix's name; cause: the cause that it would remove; title: what was changed.
        before, after: skill on held-out rows; before_loss, after_loss: curves of the training loss (own scale each).
        gain: after - before; spread: noise of the gain (half range over seeds, or a floor).
        steps: steps trained; seconds: time spent; failed: why it could not be run, or None.
        kept: whether a repair kept the change; None outside of a repair.
        beside: the title of another fix that was needed too: `before` is without both, `after` with both.
        upon: the title of another fix that had helped by itself, and that both trainings of this pair had.
    """

    name: str
    cause: str
    title: str = ""
    before: float | None = None
    after: float | None = None
    gain: float | None = None
    spread: float = 0.0
    before_loss: tuple[float, ...] = ()
    after_loss: tuple[float, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    failed: str | None = None
    kept: bool | None = None
    beside: str = ""
    upon: str = ""


@dataclass(frozen=True, kw_only=True)
class TrialFacts:
    """All paired trials of this diagnosis, in the order in which they were run."""

    results: tuple[TrialResult, ...] = ()
    seconds: float = 0.0
    missing: tuple[str, ...] = ()

    def get(self, name: str) -> TrialResult | None:
        """The result of the fix called `name`, None when it was not tried."""
        return next((r for r in self.results if r.name == name and r.failed is None), None)
