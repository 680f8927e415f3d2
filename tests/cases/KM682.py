from tests.cases._loops import seen

NAMES = ("a/kernel", "a/bias", "b/kernel", "b/bias")


def bad():
    return seen(zero=NAMES)


def good():
    return seen()


def near():
    """One bias without a gradient, before a normalisation."""
    return seen(zero=NAMES[1:2])
