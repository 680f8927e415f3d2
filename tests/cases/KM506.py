from tests.cases._nets import dense, net


def started(nonfinite):
    return {"model": net(dense("a", 8, 64, kernel={"nonfinite": nonfinite}), dense("out", 64, 1))}


def bad():
    return started(512.0)


def good():
    return started(0.0)


def near():
    """Not built yet, so there are no weights to look at."""
    return {"model": net(dense("a", 8, 64, weight_stats={}), dense("out", 64, 1), built=False)}
