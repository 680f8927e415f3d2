from tests.cases._data import data


def bad():
    return {"data": data(x_rows=(800,), y_rows=(797,))}


def good():
    return {"data": data(x_rows=(800, 800), y_rows=(800,))}


def near():
    """A stream has no row counts."""
    return {"data": data()}
