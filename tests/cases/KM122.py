from keras_magic.facts import OverlapFacts
from tests.cases._data import data, validation


def overlapping(share, **facts):
    overlap = OverlapFacts(**{"input": "x", "rows": 200, "steps": 64, "share": share, "starts": share, "ends": share, **facts})
    return {"data": data(validation=validation(overlap=overlap))}


def bad():
    return overlapping(0.95, shared=48)


def good():
    return overlapping(0.0)


def near():
    """The seam of a split in time: the first steps of validation rows are the last ones of training rows, never the reverse."""
    return overlapping(0.8, ends=0.0, shared=30)
