"""KM112 a feature that is the answer."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.inputs._common import class_targets, keys, several
from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM112", "leaking-feature", cause="data-leakage", severity="warning", headline="a feature gives the answer away")
def leaking_feature(
    data: DataFacts, *, r2: float = 0.9995, rest: float = 0.9, of_classes: tuple[float, float] = (0.9, 0.35)
) -> Iterator[Hit]:
    """A feature that is the answer.

    Looks for:
        One column of several that determines the target on its own, while no other comes near; for classes, one that nearly does.
    Why:
        The network learns to copy it. When the column is not there in use, or is filled in later, it knows nothing.
    Measured:
        Squared correlation of each column with the target (or with each class).
    Bad:
        x = df.drop(columns=["label"])         # still holds "label_code"
    Good:
        x = df.drop(columns=["label", "label_code"])
    Fix:
        Leave the column out, if it is not known before the answer.
    Ignore when:
        The column is known in use and really decides the target.
    Sources:
        Kaufman et al. 2012, Leakage in Data Mining. For classes: where nothing leaks, the strongest columns come in company (R² of
        the first and the next in the programs small_iris 0.92 and 0.90, wine_one_unit 0.73 and 0.73, tumour_table 0.62 and 0.61).
    """
    classes = any(class_targets(data))
    for fact in data.inputs:
        scored = sorted((c for c in fact.columns if c.target_r2 is not None), key=lambda c: -(c.target_r2 or 0))
        if len(scored) < 3 or data.rows_seen < 50:
            continue
        best, next_best = scored[0].target_r2 or 0.0, scored[1].target_r2 or 0.0
        exact = best >= r2 and next_best <= rest
        if not exact and not (classes and best >= of_classes[0] and next_best <= of_classes[1]):
            continue
        verb = "determines" if exact else "nearly determines"
        yield Hit(
            message=f"Column {scored[0].name} {verb} the target on its own (R² {best:.4f};"
            f" the next best column has {next_best:.2f}): was it made from the target?",
            evidence={"r2": best, "next": next_best},
            where=scored[0].name,
            level=Evidence.PLAUSIBLE,
            fix=fixes.drop_columns(keys(data, scored[:1]), input=several(data, fact)),
        )
