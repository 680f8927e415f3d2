"""KM102 x and y of different length."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule


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
    parts = {"x": data.x_rows, "y": data.y_rows, "sample_weight": data.weight_rows}
    yield from _compare("", parts)
    if data.validation is not None and data.validation.source == "validation_data":
        yield from _compare("validation ", {"x": data.validation.x_rows, "y": data.validation.y_rows})


def _compare(which: str, parts: dict[str, tuple[int, ...]]) -> Iterator[Hit]:
    if len({n for rows in parts.values() for n in rows}) > 1:
        said = [f"{name} has {' and '.join(str(n) for n in sorted({*rows}))} rows" for name, rows in parts.items() if rows]
        yield Hit(
            message=f"The {which}arrays differ in length: {', '.join(said)}; they do not belong together row by row.",
            evidence={f"{name}_rows": rows for name, rows in parts.items()},
            where=which.strip() or None,
            confidence=1.0,
        )
