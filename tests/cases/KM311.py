from tests.cases._nets import dense, net


def with_stale(*layers):
    return {"model": net(dense("base", 8, 64), dense("out", 64, 1), stale=layers)}


def bad():
    return with_stale("base")


def good():
    return with_stale()


def near():
    """Frozen before compile."""
    return {"model": net(dense("base", 8, 64, trainable=False, trainable_parameters=0), dense("out", 64, 1))}
