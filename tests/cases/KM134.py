from keras_magic.loop_facts import TargetNetworkFacts
from tests.cases._loops import seen


def _same_in(equal: int) -> dict:
    target = TargetNetworkFacts(name="target_net", changed=True, equal_at_start=True, own_inputs=True, compared=24, equal=equal)
    return seen(target_networks=(target,))


def bad():
    return _same_in(24)


def good():
    return _same_in(0)


def near():
    """One batch of transitions that all run into a wall."""
    return _same_in(1)
