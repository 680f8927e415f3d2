from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net, rows


def case(value_range=(0, 255), scale=1 / 255):
    chain = [
        layer("Rescaling", "rescaling", options={"scale": scale, "offset": 0.0}),
        layer("RandomFlip", "flip"),
        layer("RandomBrightness", "brightness", options={"value_range": value_range}),
    ]
    model = net(layer("InputLayer", "x"), *chain, dense("out", 64, 4))
    return {"model": model, "data": rows((8, 8, 1), role="image", min=0.0, max=255.0), "outcome": FAILED}


def bad():
    return case()


def good():
    return case(value_range=(0, 1))


def near():
    """Pixels from 0 to 255, as the layer takes them."""
    return case(scale=1.0)
