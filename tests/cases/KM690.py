from tests.cases._loops import seen

LEFT = {"backend": "torch", "followed": 200, "carried": 199}


def bad():
    return seen(**LEFT)


def good():
    return seen(backend="torch", followed=200)


def near():
    """Cleared before most updates."""
    return seen(**{**LEFT, "carried": 20})
