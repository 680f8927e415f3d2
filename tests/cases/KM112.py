from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("code", target_r2=1.0), column("b", target_r2=0.1), column("c", target_r2=0.2)))}


def good():
    return {"data": data(table(column("a", target_r2=0.5), column("b", target_r2=0.1), column("c", target_r2=0.2)))}


def near():
    """A law with one input is a law."""
    return {"data": data(table(column("celsius", target_r2=1.0)))}
