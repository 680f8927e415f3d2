from tests.cases._data import column, data, table


def bad():
    ids = column("customer", 1.0, 800.0, integer=True, distinct=800, expected_repeats=400.0, order_r=0.02)
    return {"data": data(table(column("a"), ids))}


def good():
    return {"data": data()}


def near():
    """Days in their order, along which the target changes."""
    days = column("day", 1.0, 800.0, integer=True, distinct=800, expected_repeats=400.0, order_r=0.4)
    return {"data": data(table(column("a"), days))}
