from tests.cases._facts import FAILED, LEARNED, training

ONE = training(batch_size=1, noise_scale=300.0)


def bad():
    return {"training": ONE, "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    return {"training": ONE, "outcome": LEARNED}
