from tests.cases._loops import seen

SUMS = {"optimizer": "SGD", "summed": True, "micro_steps": 16.0, "loss_operation": "Loss"}


def bad():
    return seen(**SUMS)


def good():
    return seen(**{**SUMS, "loss_operation": "RealDiv"})


def near():
    """Adam divides by the size of the gradient."""
    return seen(**{**SUMS, "optimizer": "Adam"})
