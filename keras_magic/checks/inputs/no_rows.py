"""KM103 no rows or no columns."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM103", "no-rows", cause="too-little-data", severity="error", headline="there are no rows or no columns")
def no_rows(data: DataFacts) -> Iterator[Hit]:
    """No rows, or no columns.

    Looks for:
        Training or validation data without a single row, or an input without a single column.
    Why:
        There is nothing to learn from; mostly a filter that matches nothing, a path without files or an exhausted generator.
    Measured:
        The shapes of what was given.
    Bad:
        x = df[df["country"] == "germany"]     # it is spelled "Germany"
    Good:
        assert len(x), "the filter matches no row"
    Fix:
        Look at the step that produced the data.
    Ignore when:
        Never.
    Sources:
        Definition.
    """
    if data.rows_seen == 0 and not data.sampled:  # sampled: the notes say why nothing was read
        yield Hit(message="The training data has no rows.", evidence={"rows": 0}, level=Evidence.CONTRADICTION)
        return
    if data.validation is not None and data.validation.rows == 0 and not data.validation.sampled:
        yield Hit(
            message="The validation data has no rows.", evidence={"rows": 0}, where="validation_data", level=Evidence.CONTRADICTION
        )
    for fact in data.inputs:
        if 0 in fact.shape:
            yield Hit(
                message=f"The input {fact.name} has no columns (shape {fact.shape}).", where=fact.name, level=Evidence.CONTRADICTION
            )
