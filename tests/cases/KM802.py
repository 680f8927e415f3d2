from keras_magic.facts import OutcomeFacts
from tests.cases._facts import FAILED, LEARNED, model, training


def bad():
    return {"model": model(units=(2,)), "training": training(), "outcome": FAILED}


def good():
    return {"model": model(units=(2,)), "training": training(), "outcome": LEARNED}


def near():
    """Nothing does better on these rows: the task is noisy, the network not too small."""
    noisy = OutcomeFacts(task="multiclass", train=0.3, validation=0.25, attainable=0.24)
    return {"model": model(units=(2,)), "training": training(), "outcome": noisy}
