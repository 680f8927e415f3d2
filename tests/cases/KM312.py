from tests.cases._facts import FAILED, LEARNED
from tests.cases._nets import dense, net, rows


def through(units, outcome=FAILED):
    model = net(dense("a", 8, 64), dense("b", 64, units), dense("out", units, 10), units=10, activation="softmax")
    return {"model": model, "data": rows(), "outcome": outcome}


def bad():
    return through(2)


def good():
    return through(32)


def near():
    """Two units happen to be enough."""
    return through(2, LEARNED)
