from tests.cases._data import data
from tests.cases._facts import FAILED, LEARNED


def bad():
    return {"data": data(rows=30, rows_seen=30), "outcome": FAILED}


def good():
    return {"data": data()}


def near():
    """Few, and enough."""
    return {"data": data(rows=50, rows_seen=50), "outcome": LEARNED}
