from dataclasses import replace

from tests.cases._facts import data, training


def bad():
    """A generator of 32 batches that is asked for 20 epochs."""
    return {"training": replace(training(), epoch_steps=(32, 0, 2, 0, 2), steps_per_epoch=32), "data": data()}


def good():
    return {"training": replace(training(), epoch_steps=(32, 32, 32, 32, 32), steps_per_epoch=32), "data": data()}


def near():
    """The last epoch is a little short."""
    return {"training": replace(training(), epoch_steps=(32, 32, 32, 32, 20), steps_per_epoch=32), "data": data()}
