"""Small readings of the layers of a model: what is hidden, what follows, what rank comes out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic.facts import DataFacts, HeadFacts, LayerFacts, ModelFacts, TargetFacts

_RANK_ONE = ("Flatten", "GlobalMaxPooling", "GlobalAveragePooling")
_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM")


def kind_of(layer: LayerFacts) -> str:
    """Class name without "1D", "2D", "3D"; of the layer inside for TimeDistributed and Bidirectional."""
    return re.sub(r"[123]D(?=Transpose|$)", "", str(layer.options.get("layer", layer.kind)))


def is_recurrent(layer: LayerFacts) -> bool:
    return kind_of(layer) in _RECURRENT or layer.kind == "Bidirectional"


def hidden(model: ModelFacts) -> list[LayerFacts]:
    """Layers with weights that learn a map (Dense, Conv, recurrent, ...), the heads left out; none where a head is unknown."""
    heads = {head.layer for head in model.heads}
    if None in heads:
        return []
    return [layer for layer in model.layers if is_map(layer) and not heads & {layer.name, layer.within}]


def is_map(layer: LayerFacts) -> bool:
    """It has a kernel: no normalisation, embedding or activation."""
    return "class" in layer.initializer and "Embedding" not in layer.kind and "Normalization" not in layer.kind


def learns(layer: LayerFacts) -> bool:
    """It has weights other than the scales of a normalisation: a map, an embedding, or a custom layer."""
    return is_map(layer) or (layer.parameters > 0 and "Normalization" not in layer.kind and layer.kind != "PReLU")


def is_last(model: ModelFacts, layer: LayerFacts) -> bool:
    """No weights learn between it and the outputs; never where the way of the data is not known."""
    known = model.graph_known and layer.within is None
    return known and any(map(is_map, model.layers)) and not any(map(learns, after(model, layer)))


def before(model: ModelFacts, layer: LayerFacts) -> Iterator[LayerFacts]:
    """The layers that feed `layer`, nearest first, over all branches."""
    named = {other.name: other for other in model.layers}
    todo, seen = list(layer.inputs), set()
    while todo:
        name = todo.pop(0)
        if name in named and name not in seen:
            seen.add(name)
            yield named[name]
            todo += named[name].inputs


def after(model: ModelFacts, layer: LayerFacts) -> Iterator[LayerFacts]:
    """The layers fed by `layer`, nearest first, over all branches."""
    todo, seen = [layer.name], set()
    while todo:
        name = todo.pop(0)
        for other in model.layers:
            if name in other.inputs and other.name not in seen:
                seen.add(other.name)
                yield other
                todo.append(other.name)


def targets(model: ModelFacts, data: DataFacts) -> Iterator[tuple[HeadFacts, TargetFacts]]:
    """Outputs with their targets: by name, else by position."""
    named = {t.name: t for t in data.targets}
    for i, head in enumerate(model.heads):
        target = named.get(head.name) or (data.targets[i] if len(data.targets) == len(model.heads) else None)
        if target is not None:
            yield head, target


def head_rank(model: ModelFacts, data: DataFacts, head: HeadFacts) -> int | None:
    """Axes of an output without the batch axis; followed through a Sequential that was not built, None when unknown."""
    if head.shape:
        return len(head.shape)
    if model.kind != "sequential" or model.built or not data.inputs:
        return None
    rank = len(data.inputs[0].shape)
    for layer in model.layers:
        kind = kind_of(layer)
        if kind in _RANK_ONE:
            rank = 1
        elif kind == "Reshape":
            rank = len(layer.options.get("target_shape", (0,)))
        elif kind == "Embedding":
            rank += 1
        elif kind == "RepeatVector":
            rank = 2
        elif is_recurrent(layer):
            rank = rank if layer.options.get("return_sequences") else rank - 1
    return rank
