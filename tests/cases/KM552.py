from tests.cases._facts import FAILED, LEARNED, series, training

FADING = training(
    layers=(series("a", gradient_norm=(1e-6, 1e-6, 2e-6, 1e-6)), series("b", gradient_norm=(1e-3, 1e-3, 1e-3, 1e-3)), series("c"))
)


def bad():
    return {"training": FADING, "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    return {"training": FADING, "outcome": LEARNED}
