from dataclasses import replace

from keras_magic.facts import LayerFacts
from tests.cases._data import data
from tests.cases._facts import FAILED, LEARNED, model

TOKENS = replace(data().inputs[0], role="tokens", dtype="int64", shape=(120,), padding=0.7, padding_side="post", columns=())
LSTM = LayerFacts(name="lstm", kind="LSTM", activation="tanh", units=16, inputs=("embedding",), options={"return_sequences": False})


def text(fact=TOKENS, mask=False, outcome=FAILED):
    embedding = LayerFacts(name="embedding", kind="Embedding", inputs=("x",), options={"input_dim": 500, "mask_zero": mask})
    layers = (LayerFacts(name="x", kind="InputLayer"), embedding, LSTM)
    return {"model": model(layers=layers), "data": data(fact), "outcome": outcome}


def bad():
    return text()


def good():
    return text(mask=True)


def near():
    """It learned all the same."""
    return text(outcome=LEARNED)
