from keras_magic.loop_facts import BroadcastFacts
from tests.cases._loops import seen


def bad():
    slip = BroadcastFacts(
        column="the output of net", row="", rows=32, operation="Sub", line=3, code="loss = mean((y - net(x)) ** 2)"
    )
    return seen(broadcasts=(slip,))


def good():
    return seen()


def near():
    """The loss of a wrong shape is seen by its shape alone: a vector that was differentiated is its sum."""
    return seen(target_shape=(32,))
