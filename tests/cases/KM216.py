from keras_magic.facts import ColumnFacts
from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net, rows


def case(means, variances, stds=(12.0, 40_000.0)):
    columns = tuple(ColumnFacts(name=str(i), count=800, mean=0.0, std=s) for i, s in enumerate(stds))
    entry = layer("InputLayer", "x")
    norm = layer("Normalization", options={"adapted": True, "mean": means, "variance": variances})
    data = rows((2,), columns=columns, columns_total=2)
    return {"model": net(entry, norm, dense("out", 2, 1)), "data": data, "outcome": FAILED}


def bad():
    return case((20_000.0,), (8e8,))


def good():
    return case((40.0, 50_000.0), (144.0, 1.6e9))


def near():
    """Features of one unit."""
    return case((100.0,), (400.0,), stds=(20.0, 18.0))
