from keras_magic.loop_facts import FirstNonfinite
from tests.cases._loops import seen


def bad():
    return seen(nonfinite=FirstNonfinite(step=7, loss="nan", before=0.4, weights=True, inputs=False))


def good():
    return seen()


def near():
    """A large loss is a number."""
    return seen(losses=(1e30,) * 200)
