"""KM122 windows of one recording on both sides of the split."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.facts import DataFacts, OverlapFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule(
    "KM122",
    "overlapping-windows",
    cause="data-leakage",
    severity="error",
    headline="windows of one recording are on both sides of the split",
)
def overlapping_windows(
    data: DataFacts, *, share: float = 0.1, severe: float = 0.5, one_sided: float = 0.25, chance: float = 0.25
) -> Iterator[Hit]:
    """Windows of one recording on both sides of the split.

    Looks for:
        Validation rows that hold pieces of training rows, shifted in time: a recording was cut into overlapping windows, and these
        were then split at random.
    Why:
        The network has seen most of each validation row: the validation score says how well it remembers these recordings, not
        how well it does on new ones.
    Measured:
        Hashes of the first and the last four time steps of each validation row (at most 2,000), looked up at every other place of
        the training rows; all steps from there to the end of the row have to agree. Whole numbers and what does not change are
        left out, as is what is found as often for rows reversed in time. Where the first steps are found and the last ones hardly
        ever, or the reverse, the windows overlap at the seam of a split in time, which is as it should be.
    Bad:
        x = windows(recording, 128, step=32); train_test_split(x, y)
    Good:
        x_train, x_val = windows(recording[:cut], 128, step=32), windows(recording[cut:], 128, step=32)
    Fix:
        Split the recording in time, or whole recordings, persons or machines, and cut the windows then.
    Ignore when:
        The network will only ever fill gaps in recordings that it was trained on.
    Sources:
        Kaufman et al. 2012, Leakage in Data Mining; Hammerla and Plötz 2015, Let's (not) stick together.
    """
    overlap = data.validation.overlap if data.validation else None
    if data.validation is None or overlap is None or overlap.share < share or overlap.chance > chance * overlap.share:
        return
    if min(overlap.starts, overlap.ends) < one_sided * max(overlap.starts, overlap.ends):
        return
    most = overlap.share >= severe
    yield Hit(
        message=_message(overlap),
        evidence={
            "overlapping": overlap.share,
            "shared_steps": overlap.shared,
            "steps": overlap.steps,
            "chance": overlap.chance,
            "rows": overlap.rows,
        },
        where=data.validation.source,
        severity=None if most else "warning",
        level=Evidence.CONTRADICTION if most else Evidence.PLAUSIBLE,
        fix=_split_first(),
    )


def _message(overlap: OverlapFacts) -> str:
    least = "" if overlap.complete else " (at least: only a sample of the training rows was compared)"
    return (
        f"{percent(overlap.share)} of {overlap.rows:,} validation rows share pieces with training rows, shifted in time{least}:"
        f" in the median {overlap.shared} of {overlap.steps} steps. Overlapping windows of one recording were split at random."
    )


def _split_first() -> Fix:
    return Fix(
        name="split-before-windows",
        title="Split the recording in time, or by recording, before it is cut into windows",
        code=code(f"""
            cut = int(0.8 * len(recording))   # in time: the last part is for validation
            {YOUR.x}, {YOUR.y} = windows(recording[:cut])   # your function that cuts windows, on each part by itself
            {YOUR.x_val}, {YOUR.y_val} = windows(recording[cut:])

            # several recordings (persons, machines, days): whole ones on one side
            from sklearn.model_selection import GroupShuffleSplit

            train, val = next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split(x_all, groups=recording_of_each_window))
        """),
    )
