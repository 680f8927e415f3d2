"""KM204 categories fed as ordinary numbers."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import columns_start, keys, scaled_inside, several, severity_of
from keras_magic.facts import DataFacts, InputFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import either

LOOKUPS = ("Embedding", "CategoryEncoding", "Discretization", "Hashing", "IntegerLookup", "StringLookup", "FeatureSpace")


@rule(
    "KM204",
    "coded-categories",
    cause="categorical-as-ordinal",
    severity="warning",
    explains=("capacity-too-small", "input-not-scaled", "epochs-too-few", "learning-rate-too-low"),
)
def coded_categories(
    data: DataFacts,
    model: ModelFacts | None = None,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    score: float = 0.04,
    strong: float = 0.12,
) -> Iterator[Hit]:
    """Categories fed as ordinary numbers.

    Looks for:
        Columns of codes (postcodes, product numbers, months as labels) whose order means nothing to the target.
    Why:
        To a network code 17 lies between 16 and 18. If their effects have nothing to do with each other, it needs a kink for
        every code, and mostly learns the average instead.
    Measured:
        How much of the target the codes explain as categories (correlation ratio) less what a smooth curve, or their neighbouring
        codes, explain. Ages and counts are explained by their neighbours and score 0.
    Bad:
        x = df[["region_code", "age"]]
    Good:
        OneHotEncoder for a few codes, keras.layers.Embedding for many
    Fix:
        One-hot or embed the columns.
    Ignore when:
        The column is a quantity with a jagged effect, such as the hour of the day: it may still be better one-hot.
    Sources:
        Guo and Berkhahn 2016, Entity Embeddings of Categorical Variables; Keras guide: CategoryEncoding.
    """
    if severity_of(outcome, training) == "info":
        return
    for fact in data.inputs:
        if fact.role != "table" or _pixels(fact) or (scaled_inside(model, data, fact) and _looked_up(model)):
            continue
        columns = [c for c in fact.columns if (c.categorical_score or 0.0) >= score]
        if not columns:
            continue
        best = max(columns, key=lambda c: c.categorical_score or 0)
        top = best.categorical_score or 0.0
        method = "embedding" if max(c.distinct for c in columns) > 100 else "one-hot"
        which = columns_start([c.name for c in columns])
        yield Hit(
            message=f"{which} of {fact.name} {either(len(columns), 'holds', 'hold')} codes: as categories they explain"
            f" {percent(top)} more of the target than as numbers ({best.name}, {best.distinct} codes).",
            evidence={c.name: c.categorical_score for c in columns},
            where=fact.name,
            severity=severity_of(outcome, training) if top >= strong else "warning",
            level=Evidence.MEASURED if top >= strong else Evidence.PLAUSIBLE,
            fix=fixes.encode_categoricals(keys(data, columns), input=several(data, fact), method=method),
        )


def _pixels(fact: InputFacts) -> bool:
    """Many columns of whole numbers (or of such after scaling) alike: pixels or word counts, not codes."""
    whole = [c for c in fact.columns if c.categorical_score is not None]
    return len(whole) >= 16 and len(whole) > 0.5 * len(fact.columns)


def _looked_up(model: ModelFacts | None) -> bool:
    return model is not None and any(layer.kind in LOOKUPS for layer in model.layers)
