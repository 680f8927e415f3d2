from tests.cases._facts import FAILED, LEARNED
from tests.cases._nets import dense, net


def stack(activation, outcome=FAILED):
    return {"model": net(dense("a", 8, 64, activation), dense("b", 64, 64, activation), dense("out", 64, 1)), "outcome": outcome}


def bad():
    return stack("linear")


def good():
    return stack("relu")


def near():
    """A linear model that does the job."""
    return stack("linear", LEARNED)
