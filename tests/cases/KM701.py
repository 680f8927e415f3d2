from tests.cases._facts import FAILED, LEARNED, data, training

FEW = training(batch_size=1500, steps_per_epoch=1, steps_done=20)


def bad():
    return {"training": FEW, "data": data(1500), "outcome": FAILED}


def good():
    return {"training": training(), "data": data(1600), "outcome": FAILED}


def near():
    return {"training": FEW, "data": data(1500), "outcome": LEARNED}
