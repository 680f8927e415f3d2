from dataclasses import replace

from tests.cases._facts import LEARNED

AHEAD = {"input": 0, "steps": 32, "share": 1.0}


def bad():
    return {"outcome": replace(LEARNED, ahead=AHEAD)}


def good():
    return {"outcome": replace(LEARNED, ahead=AHEAD | {"share": 0.0})}


def near():
    """Outputs of half of the rows follow later values."""
    return {"outcome": replace(LEARNED, ahead=AHEAD | {"share": 0.5})}
