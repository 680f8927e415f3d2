from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net


def reshaped(into):
    change = layer("Reshape", input_shape=(6, 50), options={"target_shape": into})
    return {"model": net(change, dense("out", 6, 1)), "outcome": FAILED}


def bad():
    return reshaped((50, 6))


def good():
    return reshaped((6, 50))


def near():
    """It splits an axis and exchanges none."""
    return reshaped((6, 25, 2))
