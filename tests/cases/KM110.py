from tests.cases._data import data, relation
from tests.cases._facts import LEARNED


def bad():
    return {"data": data(relation=relation(conflicts=0.2))}


def good():
    return {"data": data(relation=relation())}


def near():
    return {"data": data(relation=relation(conflicts=0.2)), "outcome": LEARNED}
