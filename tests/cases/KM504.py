from tests.cases._nets import dense, net

EQUAL = {"distinct": 1, "mean": 0.5, "std": 0.0}


def started(hidden, head):
    return {"model": net(dense("a", 8, 64, kernel=hidden), dense("out", 64, 1, kernel=head))}


def bad():
    return started(EQUAL, {})


def good():
    return started({}, {})


def near():
    """Only the last layer starts at zero."""
    return started({}, {"distinct": 1, "mean": 0.0, "std": 0.0})
