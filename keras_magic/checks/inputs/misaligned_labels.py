"""KM108 no relation between x and y."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from keras_magic import fixes
from keras_magic.assessment import is_failing, percent, skill_of
from keras_magic.checks.inputs._common import LABELS
from keras_magic.facts import DataFacts, OutcomeFacts, RelationFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted

FEW_IDS = 4  # in a row: names of things, of which each tells what it is by itself


@rule(
    "KM108",
    "misaligned-labels",
    cause="misaligned-labels",
    severity="error",
    explains=("label-noise", "epochs-too-many", "capacity-too-large", "capacity-too-small"),
)
def misaligned_labels(
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    rows: int = 200,
    minority: int = 100,
    chance: float = 0.05,
    skill: float = 0.1,
) -> Iterator[Hit]:
    """No relation between x and y.

    Looks for:
        Rows whose targets say nothing about each other however alike the rows are; and a shift of y against x that restores
        the relation.
    Why:
        Rows were dropped, sorted or shuffled in one and not in the other. A network can then only memorise: the training loss
        falls, the validation stays at chance.
    Measured:
        Share of equal targets among nearest neighbours, and the largest correlation, each against 100 permutations of y; for
        arrays in their order also with y shifted by up to 20 rows. It is said only where neither the network nor simple models
        learn anything on held-out rows, and where at least `minority` of the compared rows are not of the largest class: neighbours
        of fewer say nothing.
    Bad:
        x = scaler.fit_transform(df.dropna()); y = df["label"].iloc[: len(x)]
    Good:
        df = df.dropna(); x, y = scaler.fit_transform(df[features]), df["label"]
    Fix:
        Keep x and y in one frame until the last step; shuffle both with the same permutation.
    Ignore when:
        The relation is real and too subtle for neighbours and correlations; this data may just not hold the answer.
    Sources:
        Golland and Fischl 2003, Permutation Tests for Classification; Keras issues 7702, 4225.
    """
    relation = data.relation
    if relation is None or relation.p is None or relation.z is None or relation.rows < rows:
        return
    evidence = {"agreement": relation.agreement, "expected": relation.expected, "p": relation.p, "rows": relation.rows}
    if relation.lagged:
        shift = int(relation.lagged["shift"])
        side = "later" if shift > 0 else "earlier"
        yield Hit(
            message=f"x and y are shifted against each other: a row's label stands {counted(abs(shift), 'row')} {side}."
            f" As they are, {_agreement(data)}; shifted, neighbours agree in {percent(relation.lagged['agreement'])}.",
            evidence={**evidence, **relation.lagged},
            level=Evidence.CONTRADICTION,
            fix=fixes.realign_labels(shift),
        )
        return
    if all(i.role == "tokens" and prod(n or FEW_IDS + 1 for n in i.shape) <= FEW_IDS for i in data.inputs):
        return  # users and films: no row is a neighbour of another
    known = skill_of(outcome)
    attainable = outcome.attainable if outcome is not None else None
    if _minority(data, relation.rows) < minority:
        return
    found = relation.p <= chance and (relation.z > 4 or _effect(relation) > 0.05)
    if found or (known or 0.0) > skill or (attainable or 0.0) > skill:
        return
    if outcome is not None and not is_failing(outcome, training):
        return
    yield Hit(
        message=f"No relation between x and y was found in {relation.rows:,} rows: {_agreement(data)}."
        " Were rows dropped, sorted or shuffled in one of them only?",
        evidence=evidence,
        severity="error" if known is not None and attainable is not None else "warning",
        level=Evidence.PLAUSIBLE if known is not None and attainable is not None else Evidence.HINT,
    )


def _minority(data: DataFacts, rows: int) -> float:
    """How many of so many rows are not of the largest class; of numbers all."""
    counts = data.targets[0].classes.values() if data.targets and data.targets[0].form in LABELS else ()
    return rows * (1 - max(counts) / sum(counts)) if counts and sum(counts) else rows


def _agreement(data: DataFacts) -> str:
    relation = data.relation
    assert relation is not None
    if data.targets and data.targets[0].form == "continuous":
        return "nearest neighbours predict the target no better than its mean"
    return f"nearest neighbours share the label in {percent(relation.agreement or 0)}, chance is {percent(relation.expected or 0)}"


def _effect(relation: RelationFacts) -> float:
    """Agreement above the expected one, as a share of what there is above it."""
    expected = relation.expected or 0.0
    return ((relation.agreement or 0.0) - expected) / max(1e-9, 1 - expected)
