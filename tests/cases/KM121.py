from keras_magic.facts import OutcomeFacts
from tests.cases._data import data, target


def skills(classes, numbers):
    best = max(numbers, classes)
    skill = {"reference": {"trees": numbers}, "attainable": best, "as_classes": classes}
    outcome = OutcomeFacts(task="regression", train=0.4, validation=0.2, **skill)
    return {"data": data(y=target("integer", classes={"0": 90, "1": 80, "2": 85})), "outcome": outcome}


def bad():
    return skills(0.6, 0.2)


def good():
    return skills(0.55, 0.8)


def near():
    """Counts that nothing predicts, neither as numbers nor as classes."""
    return skills(0.2, 0.1)
