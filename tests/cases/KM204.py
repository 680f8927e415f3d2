from tests.cases._data import column, data, table


def bad():
    return {"data": data(table(column("region", 0.0, 49.0, integer=True, distinct=50, categorical_score=0.3), column("age")))}


def good():
    return {"data": data()}


def near():
    """Whole numbers with a smooth effect."""
    return {"data": data(table(column("age", 18.0, 80.0, integer=True, distinct=62, categorical_score=0.005), column("b")))}
