from keras_magic.facts import NonfiniteEvent
from tests.cases._facts import data, training
from tests.cases._heads import head


def case(step):
    seen = training(nonfinite=NonfiniteEvent(step=step, kind="loss"), history={"loss": (float("nan"),)})
    return {"training": seen, "data": data(), "model": head(1, "linear", "custom")}


def bad():
    return case(1)


def good():
    return {**case(1), "training": training()}


def near():
    """NaN after some updates: a step may have been too large."""
    return case(40)
