from dataclasses import replace

from tests.cases._data import data


def bad():
    return {"data": replace(data(), relabelled=0.7)}


def good():
    return {"data": data()}


def near():
    """A few targets that were drawn again."""
    return {"data": replace(data(), relabelled=0.05)}
