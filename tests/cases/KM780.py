from keras_magic.loop_facts import FunctionFacts
from tests.cases._loops import seen


def bad():
    return seen(functions=(FunctionFacts(name="train_step", calls=24, traces=24, varying=("argument 2 (0, 1, 2, ...)",)),))


def good():
    return seen(functions=(FunctionFacts(name="train_step", calls=200, traces=1),))


def near():
    """A shorter last batch has a trace of its own."""
    return seen(functions=(FunctionFacts(name="train_step", calls=8, traces=2),))
