from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net


def looking_at(shape):
    conv = layer("Conv2D", input_shape=shape, parameters=160, options={"data_format": "channels_last"})
    return {"model": net(conv, dense("out", 16, 1)), "outcome": FAILED}


def bad():
    return looking_at((3, 32, 32))


def good():
    return looking_at((32, 32, 3))


def near():
    """Four sensors over sixteen steps with two channels each."""
    return looking_at((4, 16, 2))
