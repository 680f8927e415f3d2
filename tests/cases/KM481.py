from keras_magic.loop_facts import LossCallFacts
from tests.cases._loops import seen


def call(**changes):
    return seen(loss_calls=(LossCallFacts(**{"name": "BinaryCrossentropy", "model": "net", **changes}),))


def bad():
    return call(from_logits=False, low=-3.1, high=4.2)


def good():
    return call(from_logits=True, low=-3.1, high=4.2)


def near():
    """Probabilities for a loss that takes them."""
    return call(from_logits=False, outputs="sigmoid", low=0.0, high=1.0)
