"""KM102 x and y of different length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keras_magic.facts import DataFacts, InputFacts, TargetFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM102", "unequal-lengths", cause="misaligned-labels", severity="error")
def unequal_lengths(data: DataFacts) -> Iterator[Hit]:
    """x and y of different length.

    Looks for:
        Arrays among x, y, sample_weight and the validation data with different numbers of rows.
    Why:
        Row i of x is paired with row i of y. Where the lengths differ, rows were dropped from one and not from the other, and
        Keras refuses to train.
    Measured:
        The number of rows of every array.
    Bad:
        x = df.dropna(); y = labels
    Good:
        df = df.dropna(); x, y = df[features], df["label"]
    Fix:
        Filter x and y together; do not cut the longer one.
    Ignore when:
        Never.
    Sources:
        keras.src.trainers.data_adapters.data_adapter_utils.check_data_cardinality.
    """
    weights = dict(zip(["sample_weight"], data.weight_rows, strict=False))
    yield from _compare("", {**_rows(data.inputs, data.x_rows), **_rows(data.targets, data.y_rows), **weights})
    held_out = data.validation
    if held_out is not None and held_out.source == "validation_data":
        rows = {**_rows(held_out.inputs, held_out.x_rows), **_rows(held_out.targets, held_out.y_rows)}
        yield from _compare("validation ", rows)


def _rows(facts: Sequence[InputFacts | TargetFacts], rows: tuple[int, ...]) -> dict[str, int]:
    return {fact.name: n for fact, n in zip(facts, rows, strict=False)}


def _compare(which: str, rows: dict[str, int]) -> Iterator[Hit]:
    if len({*rows.values()}) > 1:
        said = listed([f"{name} has {n:,} rows" for name, n in rows.items()], 6)
        yield Hit(
            message=f"The {which}arrays differ in length: {said}; they do not belong together row by row.",
            evidence={"rows": rows},
            where=which.strip() or None,
            level=Evidence.CONTRADICTION,
        )
