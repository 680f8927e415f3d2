from tests.cases._data import SHARES, column, data, table


def bad():
    return {"data": data(table(column("income", quantiles={q: 4 * q - 2 for q in SHARES}, max=4000.0), column("b")))}


def good():
    return {"data": data()}


def near():
    """A heavy tail."""
    return {"data": data(table(column("income", quantiles={q: 4 * q - 2 for q in SHARES}, max=9.0), column("b")))}
