from tests.cases._loops import seen


def bad():
    return seen(updates=0, optimizer="", unchanged=True)


def good():
    return seen()


def near():
    """The user assigns the updates without an optimizer."""
    return seen(updates=0, optimizer="", unchanged=False)
