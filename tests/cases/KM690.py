from tests.cases._loops import seen

LEFT = {"backend": "torch", "carried": 199}


def bad():
    return seen(**LEFT)


def good():
    return seen(backend="torch")


def near():
    """Cleared before most updates."""
    return seen(**{**LEFT, "carried": 20})
