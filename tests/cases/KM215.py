from tests.cases._data import column, data, table, validation


def scaled(*moments):
    """Standardised training columns, and validation columns of these means and deviations."""
    ours = table(*(column(str(i), mean=0.0, std=1.0) for i, _ in enumerate(moments)))
    theirs = table(*(column(str(i), mean=mean, std=std, count=200) for i, (mean, std) in enumerate(moments)))
    return {"data": data(ours, validation=validation(inputs=(theirs,)))}


def bad():
    return scaled((1e-8, 1.0), (-3e-9, 1.0), (0.0, 1.0))


def good():
    return scaled((0.07, 1.03), (-0.02, 0.94), (0.05, 0.99))


def near():
    """Scaled as a whole, and split then: near 0 and 1, as parts of it are."""
    return scaled((0.004, 1.0), (-0.002, 0.997), (0.0008, 1.001))
