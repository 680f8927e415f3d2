from tests.cases._facts import FAILED, LEARNED, rate


def bad():
    return {"rate": rate(1e-3, learns=False), "outcome": FAILED}


def good():
    return {"rate": rate(1e-3), "outcome": FAILED}


def near():
    """Already at the minimum: no rate gets further."""
    return {"rate": rate(1e-3, learns=False), "outcome": LEARNED}
