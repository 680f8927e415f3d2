from tests.cases._data import column, data, model, table


def bad():
    return {"data": data(table(column("income", 2e4, 9e4), column("share", 0.0, 1.0)))}


def good():
    return {"data": data()}


def near():
    """The model scales them itself."""
    return {
        "data": data(table(column("income", 2e4, 9e4), column("share", 0.0, 1.0))),
        "model": model(scales_inputs={"x": "Normalization"}),
    }
