"""KM210 validation data that differs from the training data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_magic import fixes
from keras_magic.assessment import about, numbers_apart
from keras_magic.checks.inputs._common import severity_of
from keras_magic.facts import DataFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule(
    "KM210",
    "shifted-validation",
    cause="distribution-shift",
    severity="error",
    explains=("epochs-too-many", "capacity-too-large", "batchnorm", "regularization", "dropout"),
)
def shifted_validation(
    data: DataFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    ks: float = 0.4,
    deviations: float = 1.5,
    ratio: float = 3.0,
    far: float = 20.0,
) -> Iterator[Hit]:
    """Validation data that differs from the training data.

    Looks for:
        Columns whose distribution in the validation data is another one; most of all columns scaled in one part only.
    Why:
        The validation score then says how the network does on something that it was not trained for.
    Measured:
        Per column: Kolmogorov-Smirnov distance, shift of the mean in training deviations, ratio of the deviations. Distances that
        samples of this size show by chance are left out; p values are not used.
    Bad:
        x_train = scaler.fit_transform(x_train); model.fit(x_train, y_train, validation_data=(x_val, y_val))
    Good:
        x_val = scaler.transform(x_val)
    Fix:
        Treat both parts with the same, once fitted, preprocessing.
    Ignore when:
        The validation data is from another time or place on purpose.
    Sources:
        Sculley et al. 2015, Hidden Technical Debt in Machine Learning Systems.
    """
    validation = data.validation
    if validation is None or not validation.drift or not validation.rows or validation.source == "validation_split":
        return
    n, m = max(1, data.rows_seen), validation.rows
    by_chance = 2.0 * ((n + m) / (n * m)) ** 0.5
    moved = {k: d for k, d in validation.drift.items() if d["ks"] > max(ks, by_chance)}
    rescaled = {k: d for k, d in moved.items() if abs(d["mean_shift"]) > deviations or not 1 / ratio < d["std_ratio"] < ratio}
    if not rescaled and not moved:
        return
    total = len(validation.drift)
    many = len(rescaled) > total / 2
    worst, drift = max((rescaled or moved).items(), key=lambda item: item[1]["ks"])
    units = sum(abs(d["mean_shift"]) > far or not 1 / far < d["std_ratio"] < far for d in rescaled.values()) > total / 2
    if not many and not rescaled and len(moved) < max(2, total / 4):
        return
    yield Hit(
        message=f"The validation data differs from the training data{_columns([*(rescaled or moved)], total)}: "
        f"{_means(data, worst, drift, alone=total == 1)}." + (" Was only one part scaled?" if many else ""),
        evidence={k: dict(d) for k, d in [*(rescaled or moved).items()][:10]},
        where="validation_data",
        severity="error"
        if units
        else severity_of(outcome, training).replace("warning", "error")
        if many
        else severity_of(outcome, training, "warning"),
        level=Evidence.CONTRADICTION if units else Evidence.MEASURED if many else Evidence.PLAUSIBLE,
        fix=fixes.rescale_validation(),
    )


def _columns(names: list[str], total: int) -> str:
    return f" in {len(names)} of {total} compared columns ({listed(names, 3)})" if total > 1 else ""


def _means(data: DataFacts, name: str, drift: Mapping[str, float], alone: bool) -> str:
    """Where a column lies in both parts, in its own units where they are known."""
    columns = [c for fact in data.inputs for c in fact.columns if c.name == name]
    wider = f", and varies {about(drift['std_ratio'])} times as much there" if not 0.8 < drift["std_ratio"] < 1.25 else ""
    if len(columns) == 1 and columns[0].mean is not None and columns[0].std is not None:
        mean, std = columns[0].mean, columns[0].std
        there, here = numbers_apart(mean + drift["mean_shift"] * std, mean)
        what = "it" if alone else f"column {name}"
        return f"{what} averages {there} in validation, {here} in training{wider}"
    whose = "its mean" if alone else f"the mean of {name}"
    return f"{whose} is {about(drift['mean_shift'])} standard deviations of the training rows away{wider}"
