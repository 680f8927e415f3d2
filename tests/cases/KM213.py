from tests.cases._data import SHARES, column, data, table

INCOME = {"quantiles": {q: 4 * q - 2 for q in SHARES}}


def bad():
    return {"data": data(table(column("income", **INCOME, max=4000.0, beyond_tail=0.7), column("b")))}


def good():
    return {"data": data()}


def near():
    """A value that the tail does not lead to expect: an outlier."""
    return {"data": data(table(column("income", **INCOME, max=4000.0, beyond_tail=30.0), column("b")))}
