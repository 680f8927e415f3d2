from tests.cases._heads import case, head, quantity


def bad():
    return case(head(1, "sigmoid", "mean_squared_error"), quantity(25, 346))


def good():
    return case(head(1, "linear", "mean_squared_error"), quantity(25, 346))


def near():
    """Shares between 0 and 1 suit a sigmoid."""
    return case(head(1, "sigmoid", "mean_squared_error"), quantity(0.0, 1.0))
