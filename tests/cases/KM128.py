from dataclasses import replace

from tests.cases.KM127 import LABELS, case


def bad():
    return case(LABELS)


def good():
    found = case(LABELS)
    return {**found, "outcome": replace(found["outcome"], label_recall={"0": 0.7, "1": 0.6, "2": 0.8})}


def near():
    """Frequent labels that are missed: rarity is not why."""
    often = replace(LABELS.targets[0], classes={"0": 400, "1": 300, "2": 350})
    return case(replace(LABELS, targets=(often,)))
