from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net


def pooled(side):
    pool = layer("MaxPooling2D", input_shape=(28, 28, 1), output_shape=(side, side, 1))
    conv = layer("Conv2D", input_shape=(side, side, 1), output_shape=(side, side, 8), parameters=80)
    return {"model": net(pool, conv, dense("out", 8, 1)), "outcome": FAILED}


def bad():
    return pooled(4)


def good():
    return pooled(14)


def near():
    """By four in each direction."""
    return pooled(7)
