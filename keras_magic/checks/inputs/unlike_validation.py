"""KM120 validation data of another form than the training data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from keras_magic.assessment import percent
from keras_magic.checks.inputs._common import lookup
from keras_magic.facts import DataFacts, InputFacts, ModelFacts, TargetFacts, ValidationFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed

Shape = tuple[int | None, ...]
PADDED = 0.05  # share of padding from which its side is reported
F = TypeVar("F", InputFacts, TargetFacts)


@rule(
    "KM120",
    "unlike-validation",
    cause="distribution-shift",
    severity="error",
    headline="validation data has another form than the training data",
)
def unlike_validation(data: DataFacts, model: ModelFacts | None = None) -> Iterator[Hit]:
    """Validation data of another form than the training data.

    Looks for:
        Validation inputs or targets in another number, with other columns, with the same columns in another order, or with another
        shape than those of the training data; sequences that are padded on the other side; validation data without targets.
    Why:
        `fit` raises at the end of the first epoch. Columns in another order raise nothing: a network takes columns by their place,
        and the validation score is about a mixed-up table; nor does padding on the other side, which moves what a recurrent layer
        reads last.
    Measured:
        Names, shapes, padding of both parts. Axes that may vary (time, height and width) are compared where the model fixes them.
    Bad:
        model.fit(pd.get_dummies(train), y, validation_data=(pd.get_dummies(val), y_val))   # a category is missing in val
    Good:
        train = pd.get_dummies(train)
        val = pd.get_dummies(val).reindex(columns=train.columns, fill_value=0)
    Fix:
        Send both parts through the same, once fitted, preprocessing, and give the columns in one order.
    Ignore when:
        Never.
    Sources:
        keras.Model.fit: validation_data.
    """
    held_out = data.validation
    if held_out is None or held_out.source != "validation_data" or not held_out.inputs:
        return
    for text in [*_inputs(data, held_out, model), *_targets(data, held_out)]:
        yield Hit(message=text, where="validation_data", level=Evidence.CONTRADICTION)


def _inputs(data: DataFacts, held_out: ValidationFacts, model: ModelFacts | None) -> Iterator[str]:
    pairs = _pairs(data.inputs, held_out.inputs)
    if pairs is None:
        yield _other_names("inputs", data.inputs, held_out.inputs)
    for a, b in pairs or ():
        expected = _expected(a, lookup(model.input_shapes, model, data, a) if model is not None else None)
        if a.role == b.role == "table" and (a.columns_total != b.columns_total or _named(a, b)):
            yield from _other_columns(a, b)
        elif {a.padding_side, b.padding_side} == {"pre", "post"} and min(a.padding, b.padding) > PADDED:
            yield _other_side(a, b)
        elif not _fits(b.shape, expected):
            yield f"The validation input {b.name} has rows of shape {b.shape}, those of the training data have {a.shape}."


def _targets(data: DataFacts, held_out: ValidationFacts) -> Iterator[str]:
    if data.targets and not held_out.targets:
        yield "The validation data has no targets: give validation_data=(x_val, y_val)."
        return
    pairs = _pairs(data.targets, held_out.targets)
    if pairs is None:
        yield _other_names("targets", data.targets, held_out.targets)
    for a, b in pairs or ():
        if _plain(a.shape) != _plain(b.shape) and None not in (*a.shape, *b.shape):
            yield f"The validation targets {b.name} have shape {b.shape} per row, those of the training data {a.shape}."


def _pairs(train: Sequence[F], held_out: Sequence[F]) -> list[tuple[F, F]] | None:
    """Which belong together: by name, or by position where one part has no names; None where they do not match."""
    by_name = {fact.name: fact for fact in held_out}
    if by_name.keys() == {fact.name for fact in train}:
        return [(fact, by_name[fact.name]) for fact in train]
    unnamed = any(fact.name in ("x", "y") or "[" in fact.name for fact in (*train, *held_out))
    return list(zip(train, held_out, strict=True)) if unnamed and len(train) == len(held_out) else None


def _named(*facts: InputFacts) -> bool:
    """Both have columns with names, not mere positions."""
    return all([c.name for c in fact.columns] != [str(i) for i in range(len(fact.columns))] for fact in facts)


def _other_names(what: str, train: Sequence[F], held_out: Sequence[F]) -> str:
    given, expected = (f"{len(part)} ({listed([f.name for f in part])})" for part in (held_out, train))
    return f"The validation data has other {what} than the training data: {given} in place of {expected}."


def _other_side(train: InputFacts, held_out: InputFacts) -> str:
    where = {"pre": "at the start", "post": "at the end"}
    return (
        f"The validation sequences {held_out.name} are padded {where[held_out.padding_side or 'post']} ({percent(held_out.padding)}"
        f" of the values), the training sequences {where[train.padding_side or 'post']} ({percent(train.padding)}). Pad both with"
        f" keras.utils.pad_sequences(..., padding={train.padding_side!r})."
    )


def _other_columns(train: InputFacts, held_out: InputFacts) -> Iterator[str]:
    a, b = ([c.name for c in fact.columns] for fact in (train, held_out))
    same_count = train.columns_total == held_out.columns_total
    if a == b and same_count:
        return
    if sorted(a) == sorted(b) and same_count:
        place = next(i for i, (first, second) in enumerate(zip(a, b, strict=True)) if first != second)
        yield (
            f"The columns of {held_out.name} are in another order in the validation data: column {place} is {b[place]} there and"
            f" {a[place]} in the training data. A network takes columns by their place."
        )
        return
    differing = ((a, b, "training"), (b, a, "validation"))
    only = [(listed([n for n in names if n not in others]), part) for names, others, part in differing if set(names) - set(others)]
    said = [f"{names} only in the {part} data" for names, part in only] if _named(train, held_out) else []
    yield (
        f"The validation data has {held_out.columns_total} columns in {held_out.name}, the training data has"
        f" {train.columns_total}{': ' if said else ''}{'; '.join(said)}."
    )


def _expected(fact: InputFacts, fixed: Shape | None) -> Shape:
    """What the model fixes; without a model the number of axes, and of columns or channels."""
    if fixed is not None and len(fixed) == len(fact.shape):
        return fixed
    varying = len(fact.shape) - (0 if fact.role == "tokens" else 1)
    return (*(None for _ in fact.shape[:varying]), *fact.shape[varying:])


def _fits(shape: Shape, expected: Shape) -> bool:
    return len(shape) == len(expected) and all(None in (n, m) or n == m for n, m in zip(shape, expected, strict=True))


def _plain(shape: Shape) -> Shape:
    return () if shape == (1,) else shape
