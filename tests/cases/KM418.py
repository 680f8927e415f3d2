from dataclasses import replace

from keras_magic.facts import HeadFacts, TargetFacts
from tests.cases._facts import FAILED, LEARNED, data, model


def distances(loss, outcome=FAILED):
    """Pairs that are the same or not, judged by a distance."""
    head = HeadFacts(name="distance", layer="distance", shape=(1,), units=None, activation=None, loss=loss)
    target = TargetFacts(name="y", shape=(1,), dtype="float32", form="binary", integer=True, classes={"0": 500, "1": 500})
    return {"model": model(heads=(head,)), "data": replace(data(), targets=(target,)), "outcome": outcome}


def bad():
    return distances("custom")


def good():
    return distances("binary_crossentropy")


def near():
    return distances("custom", outcome=LEARNED)
