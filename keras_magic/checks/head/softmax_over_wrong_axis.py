"""KM416 softmax over the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import ModelFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM416", "softmax-over-wrong-axis", cause="output-activation", severity="error")
def softmax_over_wrong_axis(model: ModelFacts) -> Iterator[Hit]:
    """A last softmax that does not run over the classes.

    Looks for:
        A Softmax layer that ends the model and runs over another axis than the last one.
    Why:
        The values of different rows or positions are then made to compete with each other instead of the classes.
    Measured:
        The axis of the last Softmax layer.
    Bad:
        keras.layers.Softmax(axis=0)
    Good:
        keras.layers.Softmax()
    Fix:
        axis=-1.
    Ignore when:
        The classes lie on another axis on purpose, and the loss is set so (axis=1 for channels first).
    Sources:
        keras.layers.Softmax, argument axis.
    """
    layers = {layer.name: layer for layer in model.layers}
    for head in model.heads:
        last = layers.get(head.name)
        if last is None or last.kind != "Softmax" or "axis" not in last.options:
            continue
        axis, rank = last.options["axis"], len(last.output_shape or ()) + 1
        if not isinstance(axis, int) or axis in (-1, rank - 1) or head.loss_options.get("axis", -1) == axis:
            continue
        yield Hit(
            message=f"The last softmax runs over axis {axis}; the classes are on the last axis (-1).",
            evidence={"axis": axis, "shape": last.output_shape},
            where=last.name,
            level=Evidence.CONTRADICTION if axis == 0 or rank == 2 else Evidence.PLAUSIBLE,
        )
