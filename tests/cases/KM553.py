from tests.cases._facts import FAILED, LEARNED, series, training

GROWING = training(layers=(series("a", gradient_norm=(1.0, 50.0, 1e5, 1e9)), series("b")))


def bad():
    return {"training": GROWING, "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    return {"training": GROWING, "outcome": LEARNED}
