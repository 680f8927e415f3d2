from tests.cases._facts import FAILED, training


def bad():
    return {"training": training(never_cleared=("dense/kernel", "dense/bias")), "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    """Weights that never moved, in a step that gathers nothing."""
    return {"training": training(unmoved=("dense/kernel",)), "outcome": FAILED}
