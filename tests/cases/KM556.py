from keras_magic.facts import LayerFacts
from tests.cases._facts import FAILED, LEARNED, model

SIMPLE = LayerFacts(name="simple_rnn", kind="SimpleRNN", activation="sigmoid", units=16, input_shape=(80, 12), parameters=464)
LSTM = LayerFacts(name="lstm", kind="LSTM", activation="tanh", units=16, input_shape=(80, 12), parameters=1856)


def bad():
    return {"model": model(layers=(SIMPLE,)), "outcome": FAILED}


def good():
    return {"model": model(layers=(LSTM,)), "outcome": FAILED}


def near():
    return {"model": model(layers=(SIMPLE,)), "outcome": LEARNED}
