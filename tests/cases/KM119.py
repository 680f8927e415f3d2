from keras_magic.facts import BrokenOff
from tests.cases._data import data


def bad():
    return {"data": data(sampled=True, broken=(BrokenOff(part="training", batch=4, rows=96, error="OSError: disk gone"),))}


def good():
    return {"data": data()}


def near():
    """A part was left out on purpose."""
    return {"data": data(sampled=True, notes=("Only the first 800 training rows were looked at.",))}
