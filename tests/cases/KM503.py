from tests.cases._facts import FAILED
from tests.cases._nets import dense, net


def inside(activation):
    return {"model": net(dense("a", 8, 64, activation), dense("out", 64, 10), units=10, activation="softmax"), "outcome": FAILED}


def bad():
    return inside("softmax")


def good():
    return inside("relu")


def near():
    """Sigmoid units do not compete with each other."""
    return inside("sigmoid")
