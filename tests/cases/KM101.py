from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("a", nan=3), column("b"), nan=3))}


def good():
    return {"data": data()}


def near():
    """Strange, but finite."""
    return {"data": data(table(column("a", low=-999.0), column("b")))}
