from tests.cases._facts import FAILED, LEARNED, training
from tests.cases._nets import dense, net


def penalised(l2, outcome=FAILED):
    return {
        "model": net(dense("a", 8, 64, regularizer={"l2": l2}), dense("out", 64, 1)),
        "training": training(),
        "outcome": outcome,
    }


def bad():
    return penalised(1.0)


def good():
    return {"model": net(dense("a", 8, 64), dense("out", 64, 1)), "training": training(), "outcome": FAILED}


def near():
    """A strong penalty under which it learns."""
    return penalised(1.0, LEARNED)
