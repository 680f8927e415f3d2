from dataclasses import replace

from tests.cases._facts import LEARNED, data

OTHERWISE = replace(
    LEARNED, validation=-0.2, accuracy={"train": 0.99, "validation": 0.05, "majority": 0.4}, accuracy_after_relabelling=0.93
)


def bad():
    return {"data": data(), "outcome": OTHERWISE}


def good():
    return {"data": data(), "outcome": replace(OTHERWISE, validation=0.9, accuracy={"train": 0.99, "validation": 0.93})}


def near():
    """It does not know the validation rows by any name."""
    return {"data": data(), "outcome": replace(OTHERWISE, accuracy_after_relabelling=0.4)}
