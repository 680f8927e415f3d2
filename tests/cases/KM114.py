from tests.cases._data import data


def bad():
    return {"data": data(weights={"min": -1.0, "max": 2.0, "mean": 1.0, "zeros": 0.0, "nan": 0.0})}


def good():
    return {"data": data(weights={"min": 0.5, "max": 2.0, "mean": 1.0, "zeros": 0.0, "nan": 0.0})}


def near():
    """Class weights for a rare class, some rows masked."""
    return {"data": data(weights={"min": 0.0, "max": 25.0, "mean": 2.0, "zeros": 0.3, "nan": 0.0})}
