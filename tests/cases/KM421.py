from dataclasses import replace

from tests.cases._facts import FAILED, model, training

SUM = {"rows": 64.0, "loss": 640.0, "first": 310.0, "second": 330.0, "summed": 1.0}


def case(reading, optimizer="SGD"):
    return {
        "outcome": replace(FAILED, loss_reading=reading),
        "model": model(rate=0.01, optimizer=optimizer),
        "training": training(),
    }


def bad():
    return case(SUM)


def good():
    return case({**SUM, "loss": 10.0, "first": 9.7, "second": 10.3, "summed": 0.0})


def near():
    """Adam divides by the size of the gradient."""
    return case(SUM, "Adam")
