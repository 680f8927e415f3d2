from dataclasses import replace

from keras_magic.facts import InputFacts, NonfiniteEvent
from tests.cases._facts import data, model, training

NAN = training(nonfinite=NonfiniteEvent(step=212, kind="activation", layer="dense_3"))


def bad():
    return {"training": NAN, "model": model(rate=1.0, optimizer="sgd"), "data": data()}


def good():
    return {"training": training(), "model": model(), "data": data()}


def near():
    """The data itself holds NaN: another rule names that."""
    dirty = replace(data(), inputs=(InputFacts(name="x", shape=(8,), dtype="float32", role="table", nan=3),))
    return {"training": NAN, "model": model(), "data": dirty}
