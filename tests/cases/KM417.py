from dataclasses import replace

from keras_magic.facts import HeadFacts, OutcomeFacts, TargetFacts
from tests.cases._facts import data, model

FLAT = TargetFacts(name="y", shape=(), dtype="float32", form="continuous")
ROWS = replace(data(), targets=(FLAT,))
OWN = model(custom_train_step=True, heads=(HeadFacts(name="y", units=1, activation="linear"),))
FAILED = OutcomeFacts(task="regression", train=0.02, attainable=0.9)


def bad():
    return {"data": ROWS, "model": OWN, "outcome": FAILED}


def good():
    """Keras' own step aligns the shapes."""
    return {"data": ROWS, "model": replace(OWN, custom_train_step=False), "outcome": FAILED}


def near():
    column = replace(data(), targets=(replace(FLAT, shape=(1,)),))
    return {"data": column, "model": OWN, "outcome": FAILED}
