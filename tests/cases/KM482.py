from keras_magic.loop_facts import MetricFacts
from tests.cases._loops import seen


def bad():
    return seen(metrics=(MetricFacts(name="accuracy", results=10, passes=10),))


def good():
    return seen(metrics=(MetricFacts(name="accuracy", results=10, resets=10, passes=10),))


def near():
    """Read often within one pass: a running mean."""
    return seen(metrics=(MetricFacts(name="accuracy", results=50, passes=1),))
