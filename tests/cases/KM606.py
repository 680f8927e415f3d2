from dataclasses import replace

from keras_magic.facts import OptimizerFacts
from tests.cases._facts import FAILED, model, training


def clipped(limit, name="SGD"):
    optimizer = OptimizerFacts(name=name, learning_rate=0.1, momentum=0.9, clipping={"global_clipnorm": limit})
    return {"model": replace(model(), optimizer=optimizer), "training": training(), "outcome": FAILED}


def bad():
    return clipped(0.001)


def good():
    return clipped(1.0)


def near():
    """Adam divides by the size of the gradients: what they are clipped to is nothing to it."""
    return clipped(0.001, name="Adam")
