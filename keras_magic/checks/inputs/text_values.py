"""KM104 words, dates or complex numbers where numbers are expected."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.inputs._common import column_word, keys, several
from keras_magic.facts import DataFacts, ModelFacts
from keras_magic.findings import Hit
from keras_magic.rules import rule

READERS = ("TextVectorization", "StringLookup", "Hashing", "HashedCrossing", "FeatureSpace", "IndexLookup")


@rule("KM104", "text-values", cause="preprocessing-mismatch", severity="error")
def text_values(data: DataFacts, model: ModelFacts | None = None, names: dict | None = None) -> Iterator[Hit]:
    """Words, dates or complex numbers where numbers are expected.

    Looks for:
        Inputs, or columns of a table, whose values are strings, dates, objects or complex numbers.
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
        columns = [c.name for c in fact.columns if c.text]
        dates, imaginary = fact.dtype.startswith(("datetime", "timedelta")), fact.dtype.startswith("complex")
        kind = "dates" if dates else "complex numbers" if imaginary else "words, not numbers"
        if columns:
            fix = (
                None
                if dates or imaginary
                else fixes.encode_categoricals(keys(data, columns), input=several(data, fact), names=names)
            )
            text = f"{column_word(columns).capitalize()} of {fact.name} hold{'s' if len(columns) == 1 else ''} {kind}."
            yield Hit(message=text, evidence={"columns": columns, "dtype": fact.dtype}, where=fact.name, confidence=0.95, fix=fix)
        elif fact.role == "text" and (model is None or fact.dtype != "object" or model.graph_known):
            yield Hit(
                message=f"The input {fact.name} holds {kind}.", evidence={"dtype": fact.dtype}, where=fact.name, confidence=0.7
            )
