from dataclasses import replace

from tests.cases._facts import FAILED, data


def case(share):
    found = {"lookup": {"input": "city", "share": share, "example": "Rome", "size": 6}}
    return {"data": replace(data(), unknown_values=found), "outcome": FAILED}


def bad():
    return case(1.0)


def good():
    return case(0.0)


def near():
    """A tail of rare values."""
    return case(0.1)
