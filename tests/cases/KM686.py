from tests.cases._loops import seen


def bad():
    return seen(update_ratio=(0.6,) * 200, losses=tuple(1.0 + 0.1 * k for k in range(200)), learning_rate=5.0)


def good():
    return seen()


def near():
    """Large updates while the loss falls."""
    return seen(update_ratio=(0.3,) * 200)
