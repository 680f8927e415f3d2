from tests.cases._facts import FAILED, LEARNED, model, series, training

STUCK = training(layers=(series("dense", activation="tanh", saturated=(0.7, 0.9, 0.95)), series("dense_1")))


def bad():
    return {"training": STUCK, "model": model(), "outcome": FAILED}


def good():
    return {"training": training(), "model": model(), "outcome": FAILED}


def near():
    return {"training": STUCK, "model": model(), "outcome": LEARNED}
