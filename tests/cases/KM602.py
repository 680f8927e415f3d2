from tests.cases._facts import FAILED, LEARNED, model, rate, series, training

CRAWLING = training(layers=(series("dense", update_ratio=(1e-6, 1e-6, 1e-6, 1e-6)),))


def bad():
    return {"training": CRAWLING, "model": model(rate=1e-6), "outcome": FAILED, "rate": rate(1e-6)}


def good():
    return {"training": training(), "model": model(), "outcome": FAILED}


def near():
    """A tiny rate in a network that has learned all the same (fine-tuning)."""
    return {"training": CRAWLING, "model": model(rate=1e-6), "outcome": LEARNED}
