from tests.cases._loops import seen


def bad():
    return seen(missing=("a/kernel", "a/bias", "b/kernel", "b/bias"))


def good():
    return seen()


def near():
    """Small gradients are gradients."""
    return seen(update_ratio=(1e-9,) * 200)
