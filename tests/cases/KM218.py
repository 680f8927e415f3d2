from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net, rows


def case(*scales, top=255.0):
    chain = [layer("Rescaling", f"rescaling_{i}", options={"scale": s, "offset": 0.0}) for i, s in enumerate(scales)]
    model = net(layer("InputLayer", "x"), *chain, dense("out", 64, 4))
    return {"model": model, "data": rows((8, 8, 1), role="image", min=0.0, max=top), "outcome": FAILED}


def bad():
    return case(1 / 255, 1 / 255)


def good():
    return case(1 / 255)


def near():
    """A second layer that moves 0..1 to -1..1."""
    return case(1 / 255, 2.0)
