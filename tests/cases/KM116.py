from keras_magic.facts import LayerFacts
from tests.cases._data import data, image, model

CONV = model(layers=(LayerFacts(name="conv2d", kind="Conv2D"),))


def bad():
    return {"data": data(image(0.0, 1.0, shape=(3, 32, 32))), "model": CONV}


def good():
    return {"data": data(image(0.0, 1.0)), "model": CONV}


def near():
    """Four bands, at the end."""
    return {"data": data(image(0.0, 1.0, shape=(32, 32, 4))), "model": CONV}
