from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("a"), column("b"), duplicate_columns=(("a", "b"),)))}


def good():
    return {"data": data()}


def near():
    """Nearly the same, in another unit."""
    return {"data": data(table(column("a"), column("b"), collinear=(("a", "b"),)))}
