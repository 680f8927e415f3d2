from dataclasses import replace

from keras_magic.facts import LayerFacts
from tests.cases._facts import FAILED
from tests.cases._heads import head


def chain(first, second):
    """Dense(4, first) and an activation layer after it."""
    model = head(4, second, "categorical_crossentropy", name="end")
    end = LayerFacts(name="end", kind="Activation", activation=second, inputs=("y",))
    layers = (model.layers[0], replace(model.layers[1], activation=first), end)
    return {"model": replace(model, layers=layers), "outcome": FAILED}


def bad():
    return chain("softmax", "softmax")


def good():
    return chain("linear", "softmax")


def near():
    """One activation in the layer itself, none after it."""
    return {"model": head(4, "softmax", "categorical_crossentropy"), "outcome": FAILED}
