from tests.cases._facts import FAILED, LEARNED, series, training

DEAD = training(layers=(series("dense", dead=(0.95, 0.97, 1.0)), series("dense_1")))


def bad():
    return {"training": DEAD, "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    """Many units are dead, but the network has learned: it is only wider than it needs to be."""
    return {"training": DEAD, "outcome": LEARNED}
