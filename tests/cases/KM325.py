from dataclasses import replace

from keras_magic.facts import InputFacts, LayerFacts
from tests.cases._facts import FAILED, data, model

CONV = model(layers=(LayerFacts(name="conv1d", kind="Conv1D", units=16, parameters=256),))


def series(shape, given, swapped):
    found = {"given": given, "swapped": swapped, "seam": 0.0}
    entry = InputFacts(name="x", shape=shape, dtype="float32", role="sequence", continuity=found)
    return {"data": replace(data(), inputs=(entry,)), "model": CONV, "outcome": FAILED}


def bad():
    return series((6, 128), given=0.05, swapped=0.9)


def good():
    return series((128, 6), given=0.9, swapped=0.05)


def near():
    """A spectrogram: continuous along both axes."""
    return series((40, 128), given=0.7, swapped=0.9)
