from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net, rows


def normalising(adapted, mean, std):
    norm = layer("Normalization", options={"adapted": adapted, "mean": (50.0,), "variance": (400.0,)})
    model = net(layer("InputLayer", name="x"), norm, dense("out", 8, 1))
    return {"model": model, "data": rows(mean=mean, std=std, min=mean - 2 * std, max=mean + 2 * std), "outcome": FAILED}


def bad():
    return normalising(False, 300.0, 80.0)


def good():
    return normalising(True, 52.0, 19.0)


def near():
    """Not adapted, but the data is scaled already."""
    return normalising(False, 0.0, 1.0)
