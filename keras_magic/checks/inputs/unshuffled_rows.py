"""KM107 rows sorted by their label."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import LABELS, severity_of
from keras_magic.facts import DataFacts, OutcomeFacts, TargetFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule(
    "KM107",
    "unshuffled-rows",
    cause="unshuffled-data",
    severity="error",
    explains=("distribution-shift", "class-imbalance", "epochs-too-many", "capacity-too-large"),
)
def unshuffled_rows(
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    sorted_above: float = 0.8,
    shift: float = 0.3,
) -> Iterator[Hit]:
    """Rows sorted by their label.

    Looks for:
        Labels in blocks together with `validation_split`, with `shuffle=False`, or in a stream that is not shuffled; a sorted
        regression target whose validation part lies outside the range of the training part.
    Why:
        Order decides what is trained together. `validation_split` takes the last rows *before* shuffling, so that its classes or
        values differ from those trained on where the rows are sorted. Batches that are read in the order of their labels hold one
        class or one range of values each, and the network forgets it with the next.
    Measured:
        How often neighbouring labels differ, against what chance would give; class shares of both parts. Time series are
        ordered with good reason: with class shares alike, or ranges that overlap, nothing is said.
    Bad:
        model.fit(x_sorted, y_sorted, validation_split=0.2)
    Good:
        order = np.random.permutation(len(x)); model.fit(x[order], y[order], validation_split=0.2)
    Fix:
        Shuffle once before the split, and leave shuffle=True; `dataset.shuffle(10_000)` before `.batch()`.
    Ignore when:
        The order is time and you validate on the future on purpose.
    Sources:
        Keras issues 597, 3894, 4298, 20946; keras.src.trainers.data_adapters.array_slicing.train_validation_split.
    """
    if not data.targets:
        return
    target = data.targets[0]
    split = data.validation is not None and data.validation.source == "validation_split"
    problem = _split_problem(data, target, shift, sorted_above) if split else None
    fixed_order = data.kind not in ("arrays", "dataframe") or data.shuffle is False
    if problem is None and fixed_order and target.sortedness > sorted_above and target.form in LABELS:
        how = "shuffle=False" if data.kind in ("arrays", "dataframe") else f"the {data.kind} source does not mix them"
        text = f"The labels come in blocks ({percent(target.sortedness)} sorted) and {how}: most batches hold a single class."
        problem = (text, Evidence.MEASURED)
    if problem is None and fixed_order and target.sortedness > 0.95 and target.form == "continuous":
        problem = (
            f"The targets come in sorted order ({percent(target.sortedness)}) and are trained on in that order.",
            Evidence.PLAUSIBLE,
        )
    if problem is not None:
        (message, level), severity = problem, severity_of(outcome, training)
        yield Hit(
            message=message,
            evidence={"sortedness": target.sortedness, "class_shift": data.validation.class_shift if data.validation else None},
            where=target.name,
            severity=severity if level < Evidence.CONTRADICTION else severity.replace("warning", "error"),
            level=level,
            fix=fixes.shuffle_data(),
        )


def _split_problem(data: DataFacts, target: TargetFacts, shift: float, sorted_above: float) -> tuple[str, Evidence] | None:
    validation = data.validation
    assert validation is not None
    held_out = validation.targets[0] if validation.targets else None
    if target.form in (*LABELS, "single") and validation.class_shift > shift:
        unseen = validation.missing_classes.get("train", ())
        differ = f"; class {listed(list(unseen))} is only there" if unseen else ""
        text = f"validation_split takes the last {validation.rows:,} rows, whose labels differ from the rest"
        return f"{text}{differ} (class shares differ by {percent(validation.class_shift)}).", Evidence.CONTRADICTION
    if held_out is None or target.form != "continuous" or target.sortedness < sorted_above or not held_out.quantiles:
        return None
    middle = held_out.quantiles[0.5]
    if target.min is not None and target.max is not None and not target.min <= middle <= target.max:
        text = f"validation_split takes the last {validation.rows:,} rows: half of their targets lie beyond {middle:.4g},"
        return f"{text} outside what is trained on ({target.min:.4g} to {target.max:.4g}).", Evidence.STRONG
    return None
