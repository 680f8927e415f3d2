from tests.cases._data import column, data, table, validation


def bad():
    """One column of three is missing."""
    return {"data": data(validation=validation(inputs=(table(column("a"), column("c")),)))}


def good():
    return {"data": data(validation=validation(inputs=data().inputs))}


def near():
    """Longer series."""
    series = [table(column("v"), shape=(length, 1), role="sequence") for length in (40, 60)]
    return {"data": data(series[0], validation=validation(inputs=(series[1],)))}
