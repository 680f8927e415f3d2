from tests.cases._facts import FAILED, LEARNED
from tests.cases._nets import dense, layer, net


def dropping(rate, outcome=FAILED):
    drop = layer("Dropout", rate=rate)
    return {"model": net(dense("a", 8, 64), drop, dense("out", 64, 1)), "outcome": outcome}


def bad():
    return dropping(0.85)


def good():
    return dropping(0.1)


def near():
    """Strong dropout, and it learns all the same."""
    return dropping(0.85, LEARNED)
