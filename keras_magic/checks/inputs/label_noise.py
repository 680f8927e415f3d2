"""KM109 many wrong labels."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import attainable_of, few_updates, percent, score, skill_of, train_gap
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM109", "label-noise", cause="label-noise", severity="warning", explains=("epochs-too-many", "capacity-too-large"))
def label_noise(
    data: DataFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None, *, share: float = 0.2
) -> Iterator[Hit]:
    """Many wrong labels.

    Looks for:
        Labels that contradict those of nearly identical rows, far from any border between classes.
    Why:
        The network first learns the rule and then memorises the mistakes: validation loss turns early, more training harms.
    Measured:
        Among the 30 % of rows with the clearest neighbourhoods: how many have another label than most of their neighbours.
        Overlap of classes at their borders does not count, nor does a distance that mixes the classes. Nothing is said where
        neighbours do not name the class reliably, or where trees or the network itself predict unseen labels better than so many
        wrong ones would allow.
    Bad:
        y from one annotator per item
    Good:
        y by majority of three annotators
    Fix:
        Look at the rows whose neighbours disagree; collect labels again. Until then: fewer epochs, label_smoothing, dropout.
    Ignore when:
        The task is random by nature (clicks, defaults): then this is the noise of the world.
    Sources:
        Northcutt, Jiang and Chuang 2021, Confident Learning; Zhang et al. 2017, Understanding Deep Learning Requires
        Rethinking Generalization.
    """
    relation = data.relation
    if relation is not None and relation.noise is None and not few_updates(training):  # a few updates learn few rules of any labels
        yield from _memorised(outcome)
    if relation is None or relation.noise is None or relation.noise < share:
        return
    if (skill_of(outcome) or 0.0) > 0.9 or _predictable(data, outcome) > 1 - relation.noise + 0.03:
        return
    contradict = f"About {percent(relation.noise)} of the labels contradict those of nearly identical rows"
    yield Hit(
        message=f"{contradict}: labels are wrong, or distances between rows do not tell the classes apart (as with shifted images)."
        if outcome is None
        else f"{contradict}, even where the classes are clearly apart.",
        evidence={"noise": relation.noise, "rows": relation.rows, "agreement": relation.agreement},
        level=(Evidence.STRONG if relation.noise > 0.25 else Evidence.PLAUSIBLE) if _explains(outcome) else Evidence.HINT,
        needs_proof=outcome is None,  # only what network and trees make of the labels shows whether the distance separates classes
    )


def _memorised(outcome: OutcomeFacts | None, little: float = 0.35, gap: float = 0.15) -> Iterator[Hit]:
    """The network memorises rows, and neither it nor any simple model says much about others."""
    skill, attainable = skill_of(outcome), attainable_of(outcome)
    if outcome is None or outcome.validation is None or outcome.task not in ("binary", "multiclass"):
        return
    if skill is None or attainable is None:
        return
    if train_gap(outcome) < gap or not 0.03 < max(skill, attainable) < little:
        return
    yield Hit(
        message=f"The network scores {score(outcome.train)} of 1 on its training rows, {score(skill)} on others, and the best of "
        f"three simple models reaches {score(attainable)}: many labels are wrong or stand beside the wrong rows, or the inputs say"
        f" little about them.",
        evidence={"train": outcome.train, "validation": skill, "attainable": attainable},
        level=Evidence.PLAUSIBLE,
        needs_proof=True,
    )


def _explains(outcome: OutcomeFacts | None) -> bool:
    """Wrong labels show in a network that memorises, or in simple models that do no better: else something else is wrong first."""
    skill, attainable = skill_of(outcome), attainable_of(outcome)
    return train_gap(outcome) > 0.1 or skill is None or attainable is None or attainable < skill + 0.2


def _predictable(data: DataFacts, outcome: OutcomeFacts | None) -> float:
    """Accuracy that something reached on unseen labels of the same kind: no better than 1 - noise if the labels are noisy."""
    if outcome is None:
        return 0.0
    split = data.validation is not None and data.validation.source == "validation_split"
    return max(outcome.accuracy.get("out_of_bag", 0.0), outcome.accuracy.get("validation", 0.0) if split else 0.0)
