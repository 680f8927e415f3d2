from tests.cases._loops import seen


def bad():
    return seen(trainable=8, left_out=("decoder/kernel", "decoder/bias"))


def good():
    return seen()


def near():
    """Nothing was updated at all: that is another fault."""
    return seen(updates=0, left_out=("decoder/kernel",))
