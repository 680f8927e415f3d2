from tests.cases._data import data, validation


def bad():
    return {"data": data(validation=validation(leaked=0.5))}


def good():
    return {"data": data(validation=validation())}


def near():
    """Duplicates in the training part alone, as oversampling after the split makes them."""
    return {"data": data(validation=validation(leaked=0.004), duplicates=0.3)}
