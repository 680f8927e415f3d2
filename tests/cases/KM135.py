from tests.cases._data import data
from tests.cases._facts import FAILED

GAINS = {"array": "x", "rows": 64, "change": 0.35}


def bad():
    return {"data": data(kind="pydataset", rewritten=GAINS), "outcome": FAILED}


def good():
    return {"data": data(kind="pydataset"), "outcome": FAILED}
