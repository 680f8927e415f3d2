from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("a", low=-999.0, sentinel=-999.0, sentinel_fraction=0.05), column("b")))}


def good():
    return {"data": data()}


def near():
    """Wide, without a gap."""
    return {"data": data(table(column("a", low=-999.0, high=999.0), column("b")))}
