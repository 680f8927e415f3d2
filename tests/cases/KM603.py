from tests.cases._facts import FAILED, LEARNED, model, training


def bad():
    return {"training": training(), "model": model(optimizer="adadelta", rate=1e-3), "outcome": FAILED}


def good():
    return {"training": training(), "model": model(), "outcome": FAILED}


def near():
    return {"training": training(), "model": model(optimizer="sgd", rate=0.1), "outcome": LEARNED}
