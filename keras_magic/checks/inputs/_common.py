"""Shared readings of the data facts. Pure and small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from keras_magic.assessment import has_learned, is_failing
from keras_magic.facts import ColumnFacts, DataFacts, InputFacts, ModelFacts, OutcomeFacts, TargetFacts, TrainingFacts
from keras_magic.words import either, listed

T = TypeVar("T")
LABELS = ("binary", "signs", "integer", "strings", "one-hot")


def lookup(known: Mapping[str, T], model: ModelFacts, data: DataFacts, fact: InputFacts) -> T | None:
    """What a mapping by the model's input names says of an input: by name, else by position, or as the only one there is."""
    if fact.name in known or fact.name in model.input_shapes:
        return known.get(fact.name)
    if len(data.inputs) == 1:
        return next(iter(known.values()), None) if len(known) == 1 else None
    order = [*model.input_shapes]
    place = data.inputs.index(fact)
    return known.get(order[place]) if len(order) == len(data.inputs) else None


def scaled_inside(model: ModelFacts | None, data: DataFacts, fact: InputFacts) -> bool:
    """Whether the model scales, embeds or otherwise transforms this input before its first weights."""
    return model is not None and lookup(model.scales_inputs, model, data, fact) is not None


def normalised_after(model: ModelFacts | None) -> bool:
    """The first layer with weights hands its values straight to a BatchNormalization, which takes any common scale away."""
    first = next((layer for layer in model.layers if layer.parameters), None) if model is not None and model.graph_known else None
    behind = [other for other in model.layers if first.name in other.inputs] if first is not None and model is not None else []
    return bool(behind) and all(other.kind == "BatchNormalization" for other in behind)


def severity_of(outcome: OutcomeFacts | None, training: TrainingFacts | None, worst: str = "error") -> str:
    """`worst` for a training that failed, "warning" while nothing is known, "info" for a network that has learned."""
    if has_learned(outcome) and not is_failing(outcome, training):
        return "info"
    return worst if is_failing(outcome, training) else "warning"


def keys(data: DataFacts, columns: Sequence[ColumnFacts | str]) -> tuple[str | int, ...]:
    """Columns as the user addresses them: names in a frame, positions in an array."""
    names = [c if isinstance(c, str) else c.name for c in columns]
    return tuple(int(n) if data.kind != "dataframe" and n.isdigit() else n for n in names)


def column_word(names: Sequence[str], most: int = 5) -> str:
    """ "column a" or "columns a, b"."""
    return f"{either(len(names), 'column', 'columns')} {listed(names, most)}"


def columns_start(names: Sequence[str], most: int = 5) -> str:
    """`column_word` at the start of a sentence; the names keep their case."""
    return f"C{column_word(names, most)[1:]}"


def spread(column: ColumnFacts) -> float:
    """Half the width of the middle 98 % in standard deviations' terms (0 for a constant)."""
    q = column.quantiles
    return (q[0.99] - q[0.01]) / 4.65 if q else 0.0


def reach(column: ColumnFacts) -> float:
    """Distance of the extreme value from the median in deviations of the bulk (0 where there is no spread)."""
    width = spread(column)
    if width <= 0 or column.min is None or column.max is None:
        return 0.0
    return max(column.max - column.quantiles[0.5], column.quantiles[0.5] - column.min) / width


def extreme(column: ColumnFacts) -> float:
    """The value that is farthest from the median."""
    return max(column.min or 0.0, column.max or 0.0, key=lambda v: abs(v - column.quantiles[0.5]))


def of_its_tail(fact: ColumnFacts | TargetFacts, chance: float = 4.0) -> bool:
    """The extreme value is one that the tail of the values leads to expect (chance exceeds `chance` in 2 % of Pareto tails)."""
    return fact.beyond_tail is not None and fact.beyond_tail <= chance


def heavy_tailed(fact: InputFacts, deviations: float = 25.0) -> list[ColumnFacts]:
    """Columns with a bulk whose extremes reach beyond so many of its deviations, as their tail leads to expect; the worst first."""
    tails = [c for c in fact.columns if c.sentinel is None and c.distinct > 10 and c.top_fraction < 0.5 and of_its_tail(c)]
    return sorted((c for c in tails if reach(c) > deviations), key=reach, reverse=True)


def is_identifier(column: ColumnFacts, repeats: float = 20.0, related: float = 4.0) -> bool:
    """Whole numbers that were handed out: none came twice where chance would have repeated `repeats` pairs at least, and their
    order says nothing about the target (a correlation within `related` standard errors), as that of a date or a grid would."""
    noise = related / max(1, column.distinct) ** 0.5
    return column.expected_repeats > repeats and (column.order_r is None or column.order_r < noise)


def class_targets(data: DataFacts) -> Iterator[TargetFacts]:
    """Targets that are class labels."""
    return (t for t in data.targets if t.form in LABELS and t.classes)


def several(data: DataFacts, fact: InputFacts | TargetFacts) -> str | None:
    """The input's name where the fixes need one (several inputs), else None."""
    return fact.name if len(data.inputs) > 1 else None
