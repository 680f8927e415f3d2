from keras_magic.loop_facts import TargetNetworkFacts
from tests.cases._loops import seen


def bad():
    return seen(target_networks=(TargetNetworkFacts(name="target_net", equal_at_start=True, own_inputs=True),))


def good():
    return seen(target_networks=(TargetNetworkFacts(name="target_net", changed=True, equal_at_start=True, own_inputs=True),))


def near():
    """A teacher that was trained before: what the student starts from, and sees what it sees."""
    return seen(target_networks=(TargetNetworkFacts(name="teacher", equal_at_start=True),))
