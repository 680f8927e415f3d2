from dataclasses import replace

from keras_magic.facts import OptimizerFacts
from tests.cases._facts import FAILED, LEARNED, model, training

DECAYING = replace(model(), optimizer=OptimizerFacts(name="Adam", learning_rate=0.01, peak=0.01, schedule="ExponentialDecay"))
GONE = training(learning_rates=tuple(0.01 * 0.5 ** (10 * epoch) for epoch in range(1, 21)))


def bad():
    """Ten halvings per epoch: the decay was meant for epochs."""
    return {"model": DECAYING, "training": GONE, "outcome": FAILED}


def good():
    return {"model": DECAYING, "training": training(learning_rates=tuple(0.01 * 0.9**k for k in range(20))), "outcome": FAILED}


def near():
    return {"model": DECAYING, "training": GONE, "outcome": LEARNED}
