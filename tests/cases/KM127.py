from dataclasses import replace

from keras_magic.facts import OutcomeFacts
from tests.cases._heads import target

LABELS = target("multi-hot", shape=(3,), count=2400, classes={"0": 40, "1": 20, "2": 30}, min=0.0, max=1.0, integer=True)


def case(labels, **given):
    found = OutcomeFacts(task="multilabel", train=0.2, validation=0.1, label_recall={"0": 0.0, "1": 0.05, "2": 0.4})
    return {"data": replace(labels, **given), "outcome": found}


def bad():
    return case(LABELS, class_weight={0: 10.0, 1: 20.0, 2: 13.0})


def good():
    return case(LABELS)


def near():
    """Classes, one per row: class_weight is made for them."""
    classes = target("one-hot", shape=(3,), count=2400, classes={"0": 700, "1": 60, "2": 40})
    return case(classes, class_weight={0: 1.0, 1: 10.0, 2: 15.0})
