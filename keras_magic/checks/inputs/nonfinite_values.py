"""KM101 NaN or infinity in the data."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import column_word
from keras_magic.facts import DataFacts, InputFacts, TargetFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

FLOAT32_MAX = 3.4028235e38


@rule(
    "KM101",
    "nonfinite-values",
    cause="nonfinite-input",
    severity="error",
    explains=("exploding-gradient", "learning-rate-too-high", "dead-relu", "vanishing-gradient"),
)
def nonfinite_values(data: DataFacts) -> Iterator[Hit]:
    """NaN or infinity in the data.

    Looks for:
        NaN and infinite values in inputs, targets and sample weights, of the training and of the validation data; inputs too large
        for float32.
    Why:
        One NaN makes the loss of its batch NaN, and the update then makes every weight NaN: nothing can be learned after it.
    Measured:
        Every value that was read is looked at; NaN and infinities are counted apart, per column.
    Bad:
        model.fit(df, y)                       # df has gaps
    Good:
        model.fit(df.fillna(df.median()), y)
    Fix:
        Drop the rows, or fill the gaps with the column's median; find out where an infinity comes from (log of 0, division by 0).
    Ignore when:
        The model masks or replaces them itself in its first layer.
    Sources:
        Keras issues 1364, 2134, 2627; StackOverflow 37232782.
    """
    parts: list[tuple[str, tuple[InputFacts, ...], tuple[TargetFacts, ...]]] = [("", data.inputs, data.targets)]
    if data.validation is not None:
        parts.append(("validation ", data.validation.inputs, data.validation.targets))
    for part, inputs, targets in parts:
        facts: list[InputFacts | TargetFacts] = [*inputs, *targets]
        for fact in facts:
            if fact.nan or fact.inf:
                yield Hit(
                    message=_message(part, fact),
                    evidence={"nan": fact.nan, "inf": fact.inf, "count": fact.count},
                    where=f"{part}{fact.name}",
                    severity="warning" if part else None,
                    level=Evidence.STRONG if part else Evidence.CONTRADICTION,
                    fix=fixes.drop_nonfinite(),
                )
    for fact in data.inputs:
        largest = max(abs(fact.min or 0.0), abs(fact.max or 0.0))
        if largest > FLOAT32_MAX:
            text = f"The input {fact.name} reaches {largest:.3g}: float32 ends at 3.4e38, so it becomes infinite in the network."
            yield Hit(message=text, evidence={"min": fact.min, "max": fact.max}, where=fact.name, level=Evidence.CONTRADICTION)
    if data.weights.get("nan"):
        yield Hit(
            message=f"{data.weights['nan']:.0f} sample weights are NaN or infinite.",
            where="sample_weight",
            level=Evidence.CONTRADICTION,
        )


def _message(part: str, fact: InputFacts | TargetFacts) -> str:
    kinds = " and ".join(f"{n:,} {word}" for n, word in ((fact.nan, "NaN"), (fact.inf, "infinite")) if n)
    share = percent((fact.nan + fact.inf) / max(1, fact.count))
    text = f"{kinds} values in the {part}{'targets' if isinstance(fact, TargetFacts) else 'input'} {fact.name} ({share} of them)"
    columns = [c.name for c in getattr(fact, "columns", ()) if c.nan or c.inf]
    return f"{text}, in {column_word(columns)}." if columns and len(columns) < len(getattr(fact, "columns", ())) else f"{text}."
