from dataclasses import replace

from keras_magic.facts import InputFacts, LayerFacts
from tests.cases._facts import FAILED, LEARNED, data, model

SERIES = replace(data(), inputs=(InputFacts(name="x", shape=(40, 5), dtype="float32", role="sequence"),))
CONV = model(layers=(LayerFacts(name="conv1d", kind="Conv1D", units=16, parameters=256),))


def bad():
    return {"data": SERIES, "model": CONV, "outcome": FAILED}


def good():
    return {"data": SERIES, "model": CONV, "outcome": LEARNED}


def near():
    """One channel: there is nothing to mix up."""
    single = replace(SERIES, inputs=(replace(SERIES.inputs[0], shape=(40, 1)),))
    return {"data": single, "model": CONV, "outcome": FAILED}
