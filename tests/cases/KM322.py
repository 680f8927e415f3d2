from dataclasses import replace

from keras_magic.facts import LayerFacts
from tests.cases._facts import FAILED, LEARNED, model

OLD = LayerFacts(name="old_full", kind="OldFull", untracked=1300)


def holding(*layers):
    plain = model()
    return replace(plain, layers=(*layers, *plain.layers))


def bad():
    return {"model": holding(OLD), "outcome": FAILED}


def good():
    return {"model": holding(replace(OLD, untracked=0)), "outcome": FAILED}


def near():
    """Fixed values on purpose: the network learns with them."""
    return {"model": holding(OLD), "outcome": LEARNED}
