from tests.cases._data import data, image, model
from tests.cases._facts import FAILED

SCALING = model(scales_inputs={"x": "Rescaling"}, expected_range={"x": (0.0, 255.0)})


def bad():
    return {"data": data(image(0.0, 1.0)), "model": SCALING, "outcome": FAILED}


def good():
    return {"data": data(image(0.0, 255.0)), "model": SCALING}


def near():
    """Dark images."""
    return {"data": data(image(0.0, 181.0)), "model": SCALING}
