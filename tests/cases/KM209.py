from tests.cases._data import data, target
from tests.cases._facts import LEARNED
from tests.cases._heads import head


def bad():
    return {"data": data(y=target("continuous", mean=5600.0, std=1500.0)), "model": head(1, "linear", "mean_squared_error")}


def good():
    return {"data": data(y=target("continuous", mean=0.1, std=1.0)), "model": head(1, "linear", "mean_squared_error")}


def near():
    """A rate that suits the scale."""
    return {
        "data": data(y=target("continuous", mean=5600.0, std=1500.0)),
        "model": head(1, "linear", "mean_squared_error"),
        "outcome": LEARNED,
    }
