from tests.cases._facts import FAILED, LEARNED
from tests.cases._nets import dense, net


def frozen(outcome=FAILED, **changes):
    base = dense("base", 8, 64, trainable_parameters=0, trainable=False, **changes)
    return {"model": net(base, dense("out", 64, 1)), "outcome": outcome}


def bad():
    return frozen()


def good():
    return frozen(kernel={"std": 0.6, "max": 2.5})


def near():
    """Random features from which the head learns well."""
    return frozen(LEARNED)
