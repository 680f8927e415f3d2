from dataclasses import replace

from keras_magic.facts import LayerFacts
from tests.cases._heads import head


def ending(axis, shape=(4,)):
    model = head(4, "softmax", "categorical_crossentropy", name="end")
    end = LayerFacts(name="end", kind="Softmax", activation="softmax", output_shape=shape, inputs=("y",), options={"axis": axis})
    return {"model": replace(model, layers=(*model.layers, end))}


def bad():
    return ending(0)


def good():
    return ending(-1)


def near():
    """Axis 1 of rows of four is the last axis."""
    return ending(1)
