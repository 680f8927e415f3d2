"""KM214 identifiers among the features."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.inputs._common import columns_start, is_identifier, keys, scaled_inside, several, severity_of
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM214",
    "identifier-columns",
    cause="categorical-as-ordinal",
    severity="warning",
    explains=("epochs-too-many",),
    headline="an identifier is among the features",
)
def identifier_columns(
    data: DataFacts, model: ModelFacts | None = None, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None
) -> Iterator[Hit]:
    """Identifiers among the features.

    Looks for:
        Columns of whole numbers that name a row (customer, order, record) and measure nothing.
    Why:
        Number 4711 is not more than number 4710 of anything, and new rows have new numbers: the network can only learn rows by
        heart with it. Being by far the largest column, it also dominates the others.
    Measured:
        No value comes twice in the sample, although as many draws from that range would have repeated at least 20 pairs by chance;
        prices, years and counts repeat. Where rows in the order of the column have alike targets (a date, a grid of settings), the
        column is a quantity and nothing is said.
    Bad:
        x = df.drop(columns="churn")           # still holds customer_id
    Good:
        x = df.drop(columns=["churn", "customer_id"])
    Fix:
        Leave the column out. Where an identifier comes back in later rows (a user, a product), give it a keras.layers.Embedding.
    Ignore when:
        The numbers are in an order that will matter later.
    Sources:
        Kaufman et al. 2012, Leakage in Data Mining; Good 1950, Probability and the Weighing of Evidence (birthdays).
    """
    for fact in data.inputs:
        found = [c for c in fact.columns if is_identifier(c)]
        if fact.role != "table" or not found or len(found) == len(fact.columns) or scaled_inside(model, data, fact):
            continue
        one, first = len(found) == 1, found[0]
        yield Hit(
            message=f"{columns_start([c.name for c in found])} of {fact.name} {'is an identifier' if one else 'are identifiers'}:"
            f" no value comes twice in {first.distinct:,} rows between {first.min:.0f} and {first.max:.0f}; it names a row and"
            " measures nothing.",
            evidence={c.name: {"distinct": c.distinct, "expected_repeats": c.expected_repeats} for c in found},
            where=f"{fact.name}: {first.name}" if one else fact.name,
            severity=severity_of(outcome, training),
            level=Evidence.STRONG if first.order_r is not None else Evidence.PLAUSIBLE,
            fix=fixes.drop_columns(keys(data, found), input=several(data, fact)),
        )
