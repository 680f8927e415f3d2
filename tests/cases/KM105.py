from tests.cases._data import data, target


def bad():
    return {"data": data(y=target("single", classes={"0": 800}))}


def good():
    return {"data": data()}


def near():
    """Rare is not absent."""
    return {"data": data(y=target(classes={"0": 799, "1": 1}))}
