"""KM217 indices of a lookup layer taken for numbers."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned
from keras_magic.checks.architecture._layers import after
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.rules import rule

LOOKUPS = ("StringLookup", "IntegerLookup", "Hashing", "TextVectorization")
TAKES_IDS = ("Embedding", "CategoryEncoding", "HashedCrossing", "TokenAndPositionEmbedding")


@rule(
    "KM217",
    "lookup-as-number",
    cause="categorical-as-ordinal",
    severity="error",
    explains=("input-not-scaled", "learning-rate-too-low", "capacity-too-small", "epochs-too-few"),
    headline="indices of a lookup layer are taken for numbers",
)
def lookup_as_number(model: ModelFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Indices of categories that are taken for numbers.

    Looks for:
        StringLookup, IntegerLookup, Hashing or TextVectorization with output_mode="int" whose indices reach a layer with weights
        that multiplies them, with no Embedding or CategoryEncoding between.
    Why:
        The indices are names: 7 is not more than 3. A Dense layer multiplies them as amounts, and the largest vocabulary has the
        largest numbers.
    Measured:
        The layers that each lookup layer feeds, along the graph.
    Bad:
        keras.layers.Dense(32)(keras.layers.StringLookup(vocabulary=cities)(city))
    Good:
        keras.layers.StringLookup(vocabulary=cities, output_mode="one_hot")(city)      # or an Embedding on the indices
    Fix:
        output_mode="one_hot" (or "multi_hot"), or an Embedding.
    Ignore when:
        The vocabulary is in a meaningful order (small, medium, large).
    Sources:
        Keras guide: working with preprocessing layers.
    """
    if has_learned(outcome) or not model.graph_known:
        return
    found = [(layer, taker) for layer in model.layers if _gives_indices(layer) and (taker := _multiplied(model, layer))]
    if not found:
        return
    layer, taker = found[0]
    more = f" ({len(found) - 1} more lookup layers alike)" if len(found) > 1 else ""
    size = layer.options.get("vocabulary_size")
    span = f" (0 to {size - 1})" if isinstance(size, int) else ""
    yield Hit(
        message=f"The indices of {layer.name}{span} go into {taker.name} as numbers"
        f"{more}: they are names of categories, and no Embedding or CategoryEncoding stands between.",
        evidence={"lookups": [lookup.name for lookup, _ in found], "into": taker.name, "size": size},
        where=layer.name,
        level=Evidence.MEASURED,
        fix=_one_hot(layer),
    )


def _gives_indices(layer: LayerFacts) -> bool:
    return layer.kind in LOOKUPS and layer.options.get("output_mode", "int") == "int" and layer.options.get("invert") is not True


def _multiplied(model: ModelFacts, lookup: LayerFacts) -> LayerFacts | None:
    """The first layer with a kernel that the indices reach without being looked up; None where they are, or where unknown."""
    way = list(after(model, lookup))
    if any(layer.kind in TAKES_IDS for layer in way):
        return None
    known = next((layer for layer in way if layer.parameters), None)
    return known if known is not None and known.kind in ("Dense", "LSTM", "GRU", "Conv1D") else None


def _one_hot(lookup: LayerFacts) -> Fix:
    mode = "multi_hot" if lookup.kind == "TextVectorization" else "one_hot"
    return Fix(
        name="encode-lookup",
        title=f'{lookup.kind} with output_mode="{mode}"',
        code=code(f"""
            lookup = keras.layers.{lookup.kind}(output_mode={mode!r})   # adapt() or vocabulary=... as before
            # or keep output_mode="int" and add an Embedding after it: keras.layers.Embedding(lookup.vocabulary_size(), 8)
        """),
    )
