from dataclasses import replace

from tests.cases._facts import FAILED, LEARNED, model


def bad():
    return {"outcome": replace(FAILED, unread=1.0), "model": model()}


def good():
    return {"outcome": replace(LEARNED, unread=1.0), "model": model()}


def near():
    """Half of the rows hold a single word, which another row shares."""
    return {"outcome": replace(FAILED, unread=0.5), "model": model()}
