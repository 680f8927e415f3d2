"""KM302 data of another shape than the model's input."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from math import prod

from keras_magic import fixes
from keras_magic.facts import DataFacts, InputFacts, ModelFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule

Shape = tuple[int | None, ...]


@rule("KM302", "input-shape-mismatch", cause="input-shape", severity="error")
def input_shape_mismatch(model: ModelFacts, data: DataFacts, training: TrainingFacts | None = None) -> Iterator[Hit]:
    """Data whose shape is not the one that the model was built for.

    Looks for:
        Rows of another shape than the model's input: axes swapped, images not flattened, another number of features.
    Why:
        The first layer can't multiply rows of another length; fit raises.
    Measured:
        Shape of the data without the row axis against the model's input shape.
    Bad:
        keras.Input((784,)) with images of 28 × 28
    Good:
        keras.Input((28, 28)), keras.layers.Flatten()
    Fix:
        Transpose or reshape the data, or change the input shape.
    Ignore when:
        The training ran: Keras adds and drops axes of length 1 by itself (the check is silent then).
    Sources:
        keras.Input; keras/src/models/functional.py, _adjust_input_rank.
    """
    if training is not None and (training.steps_done or not training.exception):
        return
    for given, (name, expected) in _matched(model, data):
        if _fits(given.shape, expected) or given.role == "text":
            continue
        advice, fix = _advice(given, expected, list(model.input_shapes).index(name))
        alone = len(model.input_shapes) == 1
        takes = "the model takes" if alone else f"the model's input {name} takes"
        yield Hit(
            message=f"The rows of {given.name} have the shape {given.shape}; {takes} {expected}. {advice}",
            evidence={"data_shape": given.shape, "model_shape": expected},
            where=given.name if alone else name,
            level=Evidence.CONTRADICTION,
            fix=fix,
        )


def _matched(model: ModelFacts, data: DataFacts) -> Iterator[tuple[InputFacts, tuple[str, Shape]]]:
    """Inputs of the data with those of the model: by name, else by position."""
    shapes = list(model.input_shapes.items())
    for i, given in enumerate(data.inputs):
        if given.name in model.input_shapes:
            yield given, (given.name, model.input_shapes[given.name])
        elif len(shapes) == len(data.inputs):
            yield given, shapes[i]


def _fits(given: Shape, expected: Shape) -> bool:
    """The same, with unknown axes free and axes of length 1 at the end left out."""
    a, b = (list(given), list(expected))
    while len(a) > len(b) and a[-1] == 1:
        a.pop()
    while len(b) > len(a) and b[-1] == 1:
        b.pop()
    return len(a) == len(b) and all(m is None or n is None or m == n for m, n in zip(a, b, strict=True))


def _advice(given: InputFacts, expected: Shape, index: int) -> tuple[str, Fix | None]:
    known = None not in given.shape and None not in expected
    order = next((p for p in permutations(range(len(given.shape))) if _fits(tuple(given.shape[i] for i in p), expected)), None)
    if order is not None and len(given.shape) > 1:
        return "The axes are in another order: transpose them.", fixes.transpose_inputs(order)
    if known and prod(n or 1 for n in given.shape) == prod(n or 1 for n in expected):
        return f"The number of values is the same: reshape the rows to {expected}, or start with a Flatten or Reshape layer.", None
    other = fixes.set_input_shape(index, given.shape) if known and len(given.shape) == len(expected) else None
    if len(given.shape) == len(expected) == 1:
        return f"They have {given.shape[0]} features where {expected[0]} are expected.", other
    return "Build the model for the shape of the data, or bring the data into the model's shape.", other
