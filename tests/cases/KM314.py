from tests.cases._facts import FAILED
from tests.cases._nets import dense, net, rows


def without_bias(mean, **options):
    layers = (dense("a", 8, 16, options={"use_bias": False}), dense("out", 16, 1, options={"use_bias": False, **options}))
    return {"model": net(*layers), "data": rows(target={"mean": mean, "std": 10.0}), "outcome": FAILED}


def bad():
    return without_bias(200.0)


def good():
    return without_bias(0.0)


def near():
    """The last layer has one."""
    return without_bias(200.0, use_bias=True)
