from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("a"), column("b", low=3.0, high=3.0, top_fraction=1.0)))}


def good():
    return {"data": data()}


def near():
    """A rare flag."""
    return {"data": data(table(column("a"), column("flag", low=0.0, high=1.0, distinct=2, top_fraction=0.98)))}
