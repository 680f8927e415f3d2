from tests.cases._loops import seen


def bad():
    return seen(how="train_on_batch", unchanged=True, nothing_trainable=True, trainable=0, compiled=True)


def good():
    return seen(how="train_on_batch", compiled=True)


def near():
    """Weights that nobody could read are not said to be unchanged."""
    return seen(how="train_on_batch", unchanged=None, compiled=True)
