from tests.cases._data import data


def bad():
    return {"data": data(rows=0, rows_seen=0)}


def good():
    return {"data": data()}


def near():
    """One row, of a stream."""
    return {"data": data(rows=None, rows_seen=1)}
