from tests.cases._data import data, image


def bad():
    return {"data": data(image(0.0, 1.0, image_blank=0.4))}


def good():
    return {"data": data(image(0.0, 1.0))}


def near():
    return {"data": data(image(0.0, 1.0, image_blank=0.01))}
