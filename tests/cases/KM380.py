from dataclasses import replace

from tests.cases._loops import CALLED, seen

DROPS = replace(CALLED, behaves=("drop (Dropout)",))


def bad():
    return seen(calls=(replace(DROPS, training=0),))


def good():
    return seen(calls=(DROPS,))


def near():
    """Nothing in the model works differently while training."""
    return seen(calls=(replace(CALLED, training=0),))
