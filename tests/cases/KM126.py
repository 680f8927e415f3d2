from dataclasses import replace

from tests.cases._facts import data

FOUND = {"input": "x", "step": 0, "channel": 0, "steps": 20, "column": 0, "share": 1.0}


def bad():
    return {"data": replace(data(), target_in_input=FOUND)}


def good():
    return {"data": data()}


def near():
    """A forecast of the next value: close to the last one, but not equal."""
    return {"data": replace(data(), target_in_input=None)}
