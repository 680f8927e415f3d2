from tests.cases._data import data, drift, validation


def bad():
    return {"data": data(validation=validation(drift={c: drift(1.0, 12.0, 8.0) for c in "abc"}))}


def good():
    return {"data": data(validation=validation(drift={c: drift(0.05) for c in "abc"}))}


def near():
    """Twenty rows differ by chance."""
    return {"data": data(validation=validation(rows=20, drift={"a": drift(0.42, 0.5, 1.3), "b": drift(0.2), "c": drift(0.2)}))}
