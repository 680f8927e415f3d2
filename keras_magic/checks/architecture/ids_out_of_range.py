"""KM305 ids outside the embedding."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number, percent
from keras_magic.checks.architecture._layers import before
from keras_magic.facts import DataFacts, InputFacts, LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

_RECODES = ("StringLookup", "IntegerLookup", "Hashing", "HashedCrossing", "TextVectorization", "Discretization", "Lambda")
_CUTS = ("GetItem", "Subtract", "Add", "Cast", "Maximum", "Minimum", "Clip")


@rule("KM305", "ids-out-of-range", cause="embedding-range", severity="error", explains=("exploding-gradient",))
def ids_out_of_range(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Ids for which the Embedding has no row.

    Looks for:
        Ids of input_dim and above, negative ids, and fractions before an Embedding; one id that stands for most of
        the others (words beyond the vocabulary) in a network that has not learned.
    Why:
        An Embedding with input_dim=1000 holds ids 0 to 999. Another id raises on the CPU and is silently a row of zeros on a GPU.
        Fractions (ids that were scaled) are cut to whole numbers, so that nearly all become 0.
    Measured:
        Smallest and largest value of the input that feeds the Embedding against its input_dim.
    Bad:
        keras.layers.Embedding(1000, 16)    # ids 1 to 1000
    Good:
        keras.layers.Embedding(1001, 16)
    Fix:
        input_dim = largest id + 1; leave ids unscaled.
    Ignore when:
        A layer of your own recodes the ids first.
    Sources:
        keras.layers.Embedding, argument input_dim.
    """
    tables = [layer for layer in model.layers if layer.kind == "Embedding" and not _of_places(layer, model, outcome)]
    fed = [(layer, given) for layer in tables for given in _feeding(model, data, layer)]
    for layer, given in fed:
        size = layer.options.get("input_dim")
        if given.min is None or given.max is None or not isinstance(size, int):
            continue
        if not given.integer:
            problem = "are fractions, which an Embedding cuts to whole numbers: give it the ids themselves"
            fix = fixes.restore_ids(inputs=[i.name for _, i in fed if not i.integer])
        elif given.min < 0:
            problem, fix = "include negative ids, for which there is no row: shift them to start at 0", None
        elif given.max >= size:
            problem = f"reach {number(given.max)}, but {layer.name} holds ids 0 to {size - 1} (input_dim={size})"
            fix = fixes.set_embedding_size(int(given.max) + 1, layers=[layer.name])
        else:
            yield from _crowded(layer, given, size, outcome)
            continue
        yield Hit(
            message=f"The values of {given.name} {problem}.",
            evidence={"min": given.min, "max": given.max, "input_dim": size, "integer": given.integer},
            where=layer.name,
            level=Evidence.CONTRADICTION,
            fix=fix,
        )


def _of_places(layer: LayerFacts, model: ModelFacts, outcome: OutcomeFacts | None) -> bool:
    """An Embedding inside a layer of the user's own may hold places in the row, not ids: one beside a larger one, or one with
    which the network has learned."""
    within, _, _ = layer.name.rpartition("/")
    others = (o for o in model.layers if o.kind == "Embedding" and o.name.rpartition("/")[0] == within)
    size = layer.options.get("input_dim") or 0
    return bool(within) and (has_learned(outcome) or any((o.options.get("input_dim") or 0) > size for o in others))


def _crowded(layer: LayerFacts, given: InputFacts, size: int, outcome: OutcomeFacts | None) -> Iterator[Hit]:
    """One id for everything that the vocabulary lacks: far more frequent than any word of a language."""
    if given.top_id is None or size < 20 or has_learned(outcome):
        return
    top, share, following = given.top_id
    if share < 0.25 or share < 4 * following:
        return
    yield Hit(
        message=f"Id {top} makes up {percent(share)} of the ids in {given.name}, the next one {percent(following)}: does it stand "
        f"for all words beyond a vocabulary of {size}? What those say is lost.",
        evidence={"id": top, "share": share, "next": following, "input_dim": size},
        where=layer.name,
        severity="warning",
        level=Evidence.PLAUSIBLE,
    )


def _feeding(model: ModelFacts, data: DataFacts, layer: LayerFacts) -> list[InputFacts]:
    """The inputs that reach an Embedding unchanged, none when it cannot be determined or they were recoded or cut on the way."""
    way = list(before(model, layer))
    if not model.graph_known or any(b.kind in (*_RECODES, *_CUTS) or b.parameters for b in way):
        return []
    names = [b.name for b in way if b.kind == "InputLayer"]
    if len(data.inputs) == 1 and len(model.input_shapes) <= 1:
        return [data.inputs[0]]
    given = [i for i in data.inputs if i.name in names]
    if not given and len(data.inputs) == len(model.input_shapes):
        given = [i for i, name in zip(data.inputs, model.input_shapes, strict=True) if name in names]
    return given
