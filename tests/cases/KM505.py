from tests.cases._facts import FAILED
from tests.cases._nets import dense, net


def started(outcome=FAILED, **kernel):
    return {"model": net(dense("a", 784, 64, kernel=kernel), dense("out", 64, 1)), "outcome": outcome}


def bad():
    return started(mean=-0.5, std=0.29)


def good():
    return started()


def near():
    """Three times the usual spread."""
    return started(std=0.1)
