from tests.cases._facts import FAILED, training
from tests.cases._nets import dense, layer, net

FRESH = {"moving_mean": {"absmean": 0.0, "mean": 0.0}, "moving_variance": {"mean": 1.0, "std": 0.0}}


def normalised(momentum, steps):
    norm = layer("BatchNormalization", parameters=0, weight_stats=FRESH, options={"momentum": momentum, "axis": -1})
    facts = training(steps_done=steps)
    return {"model": net(dense("a", 8, 64), norm, dense("out", 64, 1)), "training": facts, "outcome": FAILED}


def bad():
    return normalised(0.9999, 500)


def good():
    return normalised(0.9, 500)


def near():
    """A slow average in a long run."""
    return normalised(0.999, 20_000)
