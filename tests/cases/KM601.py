from tests.cases._facts import FAILED, LEARNED, model, rate, series, training

WILD = training(
    losses=tuple(2.3 + (0.9 if k % 2 else -0.5) for k in range(200)),
    layers=(series("dense", update_ratio=(0.4, 0.3, 0.2, 0.2)),),
)


def bad():
    return {"training": WILD, "model": model(rate=0.8, optimizer="sgd"), "outcome": FAILED, "rate": rate(0.8)}


def good():
    return {"training": training(), "model": model(), "outcome": LEARNED}


def near():
    """The loss jumps, but the rate was measured to be right: something else is wrong."""
    return {"training": WILD, "model": model(), "outcome": FAILED, "rate": rate(1e-3)}
