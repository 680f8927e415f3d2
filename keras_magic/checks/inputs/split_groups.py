"""KM123 rows of one person, machine or original on both sides of the split."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent, score
from keras_magic.facts import DataFacts, GroupFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule("KM123", "split-groups", cause="data-leakage", severity="error", headline="rows of one source are on both sides of the split")
def split_groups(
    data: DataFacts, *, share: float = 0.5, known: float = 0.8, fall: float = 0.15, per_class: float = 5.0
) -> Iterator[Hit]:
    """Rows of one person, machine or original on both sides of the split.

    Looks for:
        Validation rows that lie close to a few training rows and apart from all others, where these few tell the target and the
        next nearest ones hardly do: several measurements of one person or machine, or noisy copies of one row, were split at
        random.
    Why:
        The network recognises the person, not what is to be predicted: the validation score does not hold for new ones.
    Measured:
        Distances from validation rows (at most 400) to their nearest training rows, over the columns that hold fractions. A row
        counts where one step between consecutive distances stands out against all others (2.5 times the next, of logarithms);
        of rows that are drawn independently less than a third do.
    Bad:
        train_test_split(x, y)
    Good:
        next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split(x, y, groups=patient))
    Fix:
        Keep all rows of one group on one side of the split; copy and augment rows after it.
    Ignore when:
        The network will only ever see the persons or machines that it was trained on.
    Sources:
        Kaufman et al. 2012, Leakage in Data Mining; Saeb et al. 2017, The need to approximate the use-case in
        clinical machine learning.
    """
    groups = data.validation.groups if data.validation else None
    if data.validation is None or groups is None or groups.share < share:
        return
    known_by_neighbours = groups.within >= known and groups.within - groups.beyond >= fall
    rows = sum(data.targets[0].classes.values()) if data.targets else 0
    whole_classes = groups.classes and rows < per_class * groups.size * groups.classes
    if not known_by_neighbours or whole_classes:
        return
    yield Hit(
        message=_message(groups),
        evidence={
            "grouped": groups.share,
            "group": groups.size + 1,
            "agreement_within": groups.within,
            "agreement_beyond": groups.beyond,
            "rows": groups.rows,
        },
        where=data.validation.source,
        severity=None if groups.share >= known else "warning",
        level=Evidence.CONTRADICTION if groups.share >= known else Evidence.STRONG,
        fix=_split_by_group(),
    )


def _message(groups: GroupFacts) -> str:
    few = "one training row" if groups.size == 1 else f"about {groups.size} training rows"
    what = (
        f"{percent(groups.within)} of them share its label"
        if groups.classes
        else f"they tell its target (R² {score(groups.within)})"
    )
    next_ones = f"{percent(groups.beyond)}" if groups.classes else f"R² {score(groups.beyond)}"
    return (
        f"{percent(groups.share)} of {groups.rows:,} validation rows lie close to {few} and apart from all others;"
        f" {what}, of the next nearest {next_ones}. Rows of one person, machine or original were split at random."
    )


def _split_by_group() -> Fix:
    return Fix(
        name="split-by-group",
        title="Keep all rows of one person, machine or original on one side of the split",
        code=code(f"""
            from sklearn.model_selection import GroupShuffleSplit

            # group: for each row, whose it is (patient, machine, recording, the row that it was copied from)
            train, val = next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split({YOUR.x}, {YOUR.y}, groups=group))
            {YOUR.x_val}, {YOUR.y_val} = {YOUR.x}[val], {YOUR.y}[val]
            {YOUR.x}, {YOUR.y} = {YOUR.x}[train], {YOUR.y}[train]
        """),
    )
