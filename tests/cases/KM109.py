from tests.cases._data import data, relation


def bad():
    return {"data": data(relation=relation(noise=0.4))}


def good():
    return {"data": data(relation=relation(noise=0.02))}


def near():
    """Hard to tell apart: nothing can be said about the labels."""
    return {"data": data(relation=relation(agreement=0.55, z=5.0, noise=None))}
