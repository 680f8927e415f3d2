from dataclasses import replace

from tests.cases._facts import FAILED, training
from tests.cases._nets import dense, layer, net

MODEL = net(dense("a", 8, 64), layer("BatchNormalization"), dense("out", 64, 4))


def predicting(accuracy):
    facts = training(history={"loss": (1.0, 0.2), "accuracy": (0.6, 0.95)})
    return {"model": MODEL, "training": facts, "outcome": replace(FAILED, accuracy={"train": accuracy, "majority": 0.25})}


def bad():
    return predicting(0.3)


def good():
    return predicting(0.96)


def near():
    """A little less, as the last epoch's mean lags behind."""
    return predicting(0.9)
