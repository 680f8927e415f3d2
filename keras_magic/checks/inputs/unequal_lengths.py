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
        Arrays among x and y with different numbers of rows.
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
    counts = {*data.x_rows, *data.y_rows}
    if len(counts) > 1:
        x, y = (" and ".join(str(n) for n in sorted({*rows})) or "no" for rows in (data.x_rows, data.y_rows))
        yield Hit(
            message=f"x has {x} rows and y has {y}: they do not belong together row by row.",
            evidence={"x_rows": data.x_rows, "y_rows": data.y_rows},
            confidence=1.0,
        )
