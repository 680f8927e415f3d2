from dataclasses import replace

from keras_magic.facts import InputFacts, LayerFacts
from tests.cases._facts import FAILED, LEARNED, data, model

SERIES = replace(
    data(),
    inputs=(
        InputFacts(
            name="x", shape=(40, 5), dtype="float32", role="sequence", continuity={"given": 0.1, "reread": 0.8, "seam": 0.8}
        ),
    ),
)
CONV = model(layers=(LayerFacts(name="conv1d", kind="Conv1D", units=16, parameters=256),))


def bad():
    return {"data": SERIES, "model": CONV, "outcome": FAILED}


def good():
    return {"data": SERIES, "model": CONV, "outcome": LEARNED}


def near():
    """Neighbours are as related as they are given."""
    alike = replace(SERIES, inputs=(replace(SERIES.inputs[0], continuity={"given": 0.7, "reread": 0.75, "seam": 0.4}),))
    return {"data": alike, "model": CONV, "outcome": FAILED}


def tiles(seam: float):
    """Images with noise: the values of their planes, cut into pixels."""
    measured = {"given": 0.63, "beside": 0.63, "seam": seam, "reread": 0.77}
    entry = InputFacts(name="x", shape=(48, 48, 3), dtype="float32", role="image", continuity=measured)
    return {"data": replace(data(), inputs=(entry,)), "model": CONV, "outcome": FAILED}
