from keras_magic.facts import LayerFacts
from tests.cases._facts import FAILED, model


def recurrent(activation, steps=80):
    layer = LayerFacts(name="lstm", kind="LSTM", activation=activation, units=16, input_shape=(steps, 2), parameters=1216)
    return {"model": model(layers=(layer,)), "outcome": FAILED}


def bad():
    return recurrent("relu")


def good():
    return recurrent("tanh")


def near():
    """Too few steps to grow over."""
    return recurrent("relu", steps=4)
