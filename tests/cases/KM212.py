from tests.cases._data import column, data, table


def standard(*odd):
    columns = (*(column(name, mean=0.0, std=1.0) for name in "abcd"), *odd)
    return {"data": data(table(*columns), rows=100_000, rows_seen=100_000)}


def bad():
    return standard(column("e", mean=0.6, std=0.8))


def good():
    return standard()


def near():
    """A share between 0 and 1 among standardised columns."""
    return standard(column("e", 0.0, 1.0))
