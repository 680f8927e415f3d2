from tests.cases._data import data, target
from tests.cases._heads import head


def bad():
    return {
        "data": data(y=target("continuous", outlier_fraction=0.006, outlier_leverage=0.99, min=0.0, max=4e4)),
        "model": head(1, "linear", "mean_squared_error"),
    }


def good():
    return {"data": data(y=target("continuous", min=0.0, max=1.0)), "model": head(1, "linear", "mean_squared_error")}


def near():
    """A robust loss."""
    return {
        "data": data(y=target("continuous", outlier_fraction=0.006, outlier_leverage=0.99, min=0.0, max=4e4)),
        "model": head(1, "linear", "huber"),
    }
