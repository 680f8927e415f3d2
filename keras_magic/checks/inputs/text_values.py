"""KM104 words, dates or complex numbers where numbers are expected."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.inputs._common import column_word, keys, several
from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, ModelFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import either

READERS = ("TextVectorization", "StringLookup", "Hashing", "HashedCrossing", "FeatureSpace", "IndexLookup")


@rule("KM104", "text-values", cause="preprocessing-mismatch", severity="error", headline="there is text where numbers are expected")
def text_values(data: DataFacts, model: ModelFacts | None = None) -> Iterator[Hit]:
    """Words, dates or complex numbers where numbers are expected.

    Looks for:
        Inputs, or columns of a table, whose values are strings, dates, objects or complex numbers; targets that are dates or
        complex numbers.
    Why:
        Layers compute with real numbers: `fit` raises ("Invalid dtype: object"), or drops the imaginary part.
    Measured:
        The dtype of each input, and for object columns whether the values can be read as numbers. Inputs that meet a
        TextVectorization, StringLookup or Hashing layer are left alone.
    Bad:
        model.fit(df[["age", "city"]], y)
    Good:
        model.fit(pd.get_dummies(df[["age", "city"]], dtype="float32"), y)
    Fix:
        One-hot or embed words and categories; turn dates into numbers such as days since a start.
    Ignore when:
        Your own first layer reads strings.
    Sources:
        Keras guide: preprocessing layers.
    """
    if model is not None and any(layer.kind in READERS for layer in model.layers):
        return
    for fact in data.inputs:
        columns = [c for c in fact.columns if c.text]
        if columns:
            yield _columns(fact, columns, data)
        elif fact.role == "text" and (model is None or fact.dtype != "object" or model.graph_known):
            text = f"The input {fact.name} holds {_said(_kind(fact.dtype))}."
            yield Hit(message=text, evidence={"dtype": fact.dtype}, where=fact.name, level=Evidence.STRONG)
    for target in data.targets:
        if target.dtype.startswith(("datetime", "timedelta", "complex")):
            text = f"The targets {target.name} are {_kind(target.dtype)}, which no loss reads."
            yield Hit(message=text, evidence={"dtype": target.dtype}, where=target.name, level=Evidence.MEASURED)


def _columns(fact: InputFacts, columns: list[ColumnFacts], data: DataFacts) -> Hit:
    by_kind: dict[str, list[str]] = {}
    for c in columns:
        by_kind.setdefault(c.kind or _kind(fact.dtype), []).append(c.name)
    parts = [f"{column_word(found)} {either(len(found), 'holds', 'hold')} {_said(kind)}" for kind, found in by_kind.items()]
    text = "; ".join(parts)
    words = by_kind.get("words")
    return Hit(
        message=f"In {fact.name}, {text}.",
        evidence={"columns": [c.name for c in columns], "dtype": fact.dtype},
        where=fact.name,
        level=Evidence.CONTRADICTION,
        fix=fixes.encode_categoricals(keys(data, words), input=several(data, fact)) if words else None,
    )


def _kind(dtype: str) -> str:
    kinds = {"datetime": "dates", "timedelta": "durations", "complex": "complex numbers"}
    return next((kind for start, kind in kinds.items() if dtype.startswith(start)), "words")


def _said(kind: str) -> str:
    return "words, not numbers" if kind == "words" else kind
