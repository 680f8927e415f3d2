from dataclasses import replace

from tests.cases._heads import target

LABELS = target("binary", classes={"0": 700, "1": 100}, min=0.0, max=1.0, integer=True)


def case(**given):
    return {"data": replace(LABELS, **given)}


def bad():
    return case(class_weight={"no": 1.0, "yes": 7.0})


def good():
    return case(class_weight={0: 1.0, 1: 7.0})


def near():
    """One label has no entry: the weight 1 may be meant."""
    return case(class_weight={1: 7.0})
