from tests.cases._facts import training
from tests.cases._nets import dense, net, rows

RAISED = {"type": "ValueError", "message": "expected shape=(None, 784), found shape=(None, 28, 28)"}


def fed(shape, facts):
    return {"model": net(dense("out", 784, 1), input_shapes={"x": (784,)}), "data": rows(shape), "training": facts}


def bad():
    return fed((28, 28), training(exception=RAISED, steps_done=0))


def good():
    return fed((784,), training())


def near():
    """Keras drops a last axis of length 1 by itself, and the training ran."""
    return fed((784, 1), training())
