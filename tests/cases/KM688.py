from keras_magic.loop_facts import TwinFacts
from tests.cases._loops import seen


def bad():
    return seen(twins=(TwinFacts(name="target_net", equal_at_start=True, own_inputs=True),))


def good():
    return seen(twins=(TwinFacts(name="target_net", changed=True, equal_at_start=True, own_inputs=True),))


def near():
    """A frozen teacher sees what the trained model sees."""
    return seen(twins=(TwinFacts(name="teacher"),))
