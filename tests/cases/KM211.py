from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("a"), column("b"), column("c"), collinear=(("a", "b"),)))}


def good():
    return {"data": data()}


def near():
    """A mark for missing values makes any two columns alike."""
    marked = column("a", sentinel=-999.0, sentinel_fraction=0.1)
    return {"data": data(table(marked, column("b"), column("c"), collinear=(("a", "b"),)))}
