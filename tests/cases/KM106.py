import dataclasses

from tests.cases._data import data, target
from tests.cases._facts import FAILED, LEARNED


def bad():
    return {
        "data": data(y=target(classes={"0": 770, "1": 30})),
        "outcome": dataclasses.replace(FAILED, per_class_recall={"0": 1.0, "1": 0.0}, per_class_ranking={"0": 0.9, "1": 0.9}),
    }


def good():
    return {"data": data()}


def near():
    """Rare and recognised."""
    return {
        "data": data(y=target(classes={"0": 770, "1": 30})),
        "outcome": dataclasses.replace(LEARNED, per_class_recall={"0": 0.97, "1": 0.8}),
    }
