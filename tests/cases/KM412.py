from tests.cases._heads import case, head, labels, quantity


def bad():
    return case(head(1, "linear", "poisson"), labels(*range(20)))


def good():
    return case(head(1, "exponential", "poisson"), labels(*range(20)))


def near():
    """Keras clips negative outputs for the logarithmic error."""
    return case(head(1, "linear", "mean_squared_logarithmic_error"), quantity(0.0, 9.0))
