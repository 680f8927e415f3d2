from tests.cases._facts import training


def case(*kl):
    return {"training": training(history={"reconstruction_loss": (0.7, 0.5, 0.4, 0.4), "kl_loss": kl})}


def bad():
    return case(0.4, 0.05, 0.01, 0.002)


def good():
    return case(0.4, 6.0, 9.0, 11.0)


def near():
    """Small from beginning to end: a weighted divergence."""
    return case(0.012, 0.018, 0.02, 0.021)
