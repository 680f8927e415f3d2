from tests.cases._facts import FAILED
from tests.cases._nets import dense, net


def deep(activation, layers, outcome=FAILED):
    hidden = [dense(f"h{i}", 32, 32, activation) for i in range(layers)]
    return {"model": net(*hidden, dense("out", 32, 1)), "outcome": outcome}


def bad():
    return deep("sigmoid", 6)


def good():
    return deep("relu", 6)


def near():
    """Two tanh layers are nothing unusual."""
    return deep("tanh", 2)
