from tests.cases._data import data
from tests.cases._facts import FAILED

GAINS = {"array": "x", "rows": 64, "change": 0.35}


def bad():
    return {"data": data(kind="pydataset", rewritten=GAINS), "outcome": FAILED}


def good():
    return {"data": data(kind="pydataset"), "outcome": FAILED}


def near():
    """A cache that the first reading fills: the second one changes nothing."""
    return {"data": data(kind="pydataset", rewritten=None, notes=("the rows are kept",)), "outcome": FAILED}
